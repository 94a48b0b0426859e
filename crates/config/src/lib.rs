//! documents from files, with positions; process configuration
