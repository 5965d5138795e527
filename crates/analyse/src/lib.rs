//! What happened: the analysis of one record and its report.
