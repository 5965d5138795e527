//! The one configuration document: schema, check, and the plan that is built from it.
