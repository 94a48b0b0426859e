"""What models do besides answering, that passes as it is: by the vendors' own SDKs."""

import cohere
import openai

from harness import KEY


def check_what_only_passes_reaches_its_vendor(world):
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{world.port}/v1", api_key=KEY, max_retries=0)
    assert client.completions.create(model="instruct", prompt="Say hello").choices[0].text
    assert not client.moderations.create(model="moderate", input="hello").results[0].flagged
    assert client.images.generate(model="images", prompt="a weir").data
    speech = client.audio.speech.create(model="speech", voice="alloy", input="hello", response_format="wav").read()
    assert speech[:4] == b"RIFF"
    assert client.audio.transcriptions.create(model="hear", file=("hello.wav", speech)).text


def check_reranking_passes_to_cohere(world):
    client = cohere.ClientV2(api_key=KEY, base_url=f"http://127.0.0.1:{world.port}")
    results = client.rerank(model="rerank", query="weir", documents=["a low dam", "a weir in a river"], top_n=1).results
    assert len(results) == 1 and 0 <= results[0].relevance_score <= 1
