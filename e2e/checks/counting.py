"""How many tokens a prompt has, asked by the vendors' own SDKs: counted by the vendor, or estimated."""

import anthropic
import openai
from google import genai

from harness import KEY

PROMPT = "How many tokens are these?"


def check_tokens_of_a_prompt_are_counted_or_estimated(world):
    at = f"http://127.0.0.1:{world.port}"
    claude = anthropic.Anthropic(base_url=at, api_key=KEY, max_retries=0)
    gemini = genai.Client(api_key=KEY, http_options=genai.types.HttpOptions(base_url=at))
    gpt = openai.OpenAI(base_url=f"{at}/v1", api_key=KEY, max_retries=0)
    asked = {
        "anthropic": lambda model: claude.messages.count_tokens(model=model, messages=[{"role": "user", "content": PROMPT}]).input_tokens,
        "gemini": lambda model: gemini.models.count_tokens(model=model, contents=PROMPT).total_tokens,
        "responses": lambda model: gpt.responses.input_tokens.count(model=model, input=PROMPT).input_tokens,
    }
    for model in ("claude", "gemini", "gpt", "responses"):
        for name, count in asked.items():
            tokens = count(model)
            assert 0 < tokens < 50, (name, model, tokens)
