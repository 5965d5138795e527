//! Who may act: roles, trust list, and the factory certificate kit.
