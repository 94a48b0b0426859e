//! The simulator over real sockets, read by a client of a few lines that hides nothing.

mod anthropic;
mod anthropic_errors;
mod control;
mod faults;
mod openai;
mod openai_errors;
mod shop;
mod support;
