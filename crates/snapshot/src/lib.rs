//! immutable runtime view, validation, compilation
