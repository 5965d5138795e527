//! Starting elements and their logic.
