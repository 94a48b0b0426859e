/** The wire formats as people know them. */
const APIS: Record<string, string> = {
  openai: "OpenAI chat completions",
  openai_responses: "OpenAI Responses",
  openai_chat: "OpenAI chat completions",
  anthropic: "Anthropic Messages",
  anthropic_messages: "Anthropic Messages",
  azure: "Azure OpenAI",
  bedrock: "Bedrock Converse",
  bedrock_converse: "Bedrock Converse",
  cohere: "Cohere",
  cohere_chat: "Cohere chat",
  gemini: "Gemini",
  gemini_generate: "Gemini",
  mistral: "Mistral",
  ollama: "Ollama",
  ollama_chat: "Ollama chat",
  ollama_generate: "Ollama generate",
  vertex: "Vertex AI",
};

export function apiName(api: string | null | undefined): string {
  return api ? (APIS[api] ?? api.replaceAll("_", " ")) : "–";
}
