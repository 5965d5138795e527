//! History, window and limits: the pure recording pipeline.
