//! the pipeline and its stages
