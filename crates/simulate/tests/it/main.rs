//! The simulator over real sockets, read by a client of a few lines that hides nothing.

#[cfg(test)]
mod anthropic;
#[cfg(test)]
mod anthropic_errors;
#[cfg(test)]
mod azure;
#[cfg(test)]
mod azure_errors;
#[cfg(test)]
mod bedrock;
#[cfg(test)]
mod bedrock_errors;
#[cfg(test)]
mod cohere;
#[cfg(test)]
mod cohere_errors;
#[cfg(test)]
mod control;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod gemini;
#[cfg(test)]
mod gemini_errors;
#[cfg(test)]
mod gemini_interactions;
#[cfg(test)]
mod live;
#[cfg(test)]
mod mistral;
#[cfg(test)]
mod mistral_errors;
#[cfg(test)]
mod ollama;
#[cfg(test)]
mod ollama_errors;
#[cfg(test)]
mod openai;
#[cfg(test)]
mod openai_batches;
#[cfg(test)]
mod openai_errors;
#[cfg(test)]
mod openai_others;
#[cfg(test)]
mod openai_others_errors;
#[cfg(test)]
mod openai_responses;
#[cfg(test)]
mod openai_responses_errors;
#[cfg(test)]
mod openai_sessions;
#[cfg(test)]
mod script;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod support;
