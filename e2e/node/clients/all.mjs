// Every client that the scenarios are done by.
import { AiSdkAnthropic, AiSdkCompatible, AiSdkGoogle, AiSdkOpenAi, AiSdkOpenAiChat } from "./ai_sdk.mjs";
import { Anthropic } from "./anthropic.mjs";
import { Gemini } from "./gemini.mjs";
import { OpenAiChat } from "./openai_chat.mjs";
import { OpenAiResponses } from "./openai_responses.mjs";

export const CLIENTS = [
  AiSdkAnthropic,
  AiSdkCompatible,
  AiSdkGoogle,
  AiSdkOpenAi,
  AiSdkOpenAiChat,
  Anthropic,
  Gemini,
  OpenAiChat,
  OpenAiResponses,
];
