"""A guide in, how often right words are corrected, and mistyped ones are not.

    python benchmarks/corrections.py data/guide.pdf [--words /usr/share/dict/words]

Right words are those of at least five letters that the guide lacks: of Python's documentation and
of the descriptions of installed packages (each used three times or more), names of services and of
software, and those of a word list if there is one. Mistyped are 3,000 words of the guide with one
letter dropped, doubled, swapped with the next or replaced by its neighbour on the keyboard, seed 0.
Each is read with the words of the embedder alone, then with the list of English words too. Exits 1
if, with the list, over 3 % of the right words of texts are corrected, or under 80 % of the slips.
"""

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from pydoc_data import topics

from ragguide.base.english import is_known_word
from ragguide.config import Settings
from ragguide.create.cut import split
from ragguide.create.documents import Limits, parse
from ragguide.embed.tokens import TokenCounter
from ragguide.index.lexicon import MIN_LETTERS, Lexicon
from ragguide.models.find import find_embedder
from ragguide.retrieve.question import read_question

MOST_WRONG, LEAST_FIXED = 0.03, 0.8
MIN_USES = 3  # of a word in the texts; one used less may be mistyped there
N_SLIPS = 3_000
N_SHOWN = 8
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

NAMES = """
Accelerate Airflow ALBERT Alexa Alpaca Alpine Amazon Ampere Amplify Android Ansible Anthropic
Anyscale Apache AppFlow AppMesh AppRunner AppStream AppSync Arduino Artifact Asana AssemblyAI
Athena Aurora AutoGen Axolotl Azure Baseten Batch Beanstalk Bedrock Biases BigBird BigQuery
Bitbucket bitsandbytes Blackwell Bloom Bokeh Braket Cassandra CentOS Cerebras ChatGPT Chime
Chinchilla Chroma CircleCI Claude Clojure Cloudflare CloudFormation CloudFront CloudTrail
CloudWatch Cobol CodeArtifact CodeBuild CodeCommit CodeDeploy CodeGuru CodePipeline CodeStar
CodeWhisperer Cognito Cohere Colab Colossal Comet Comprehend Confluence containerd ControlTower
CoreWeave CrewAI cuDNN Dagster Databricks Datadog Datasets DataSync DeBERTa Debian DeepComposer
Deepgram DeepLens DeepMind DeepRacer DeepSeek DeepSpeed Detective Diffusers Discord DistilBERT
Django Docker DocumentDB Dolly DynamoDB ElastiCache Elasticsearch Electra ElevenLabs Elixir Envoy
Erlang EventBridge ExLlama FAISS Falcon Fargate FastAPI FastText Fedora Firebase Firehose Firewall
Fireworks Flask Flink Fluentd Forecast Fortran GameLift Gemini Gemma Gensim GitHub GitLab Glacier
GloVe Golang Gradio Grafana Graviton Greengrass GuardDuty Guardrails Hadoop Haskell Haystack
HealthLake Helicone Heroku Hetzner Honeycode Hopper Horovod HubSpot HuggingFace Inferentia
Inspector Istio JavaScript Jenkins Julia Jupyter JupyterLab Kafka Kaggle Kendra Keras Keyspaces
Kibana Kinesis Kotlin Kubeflow Kubernetes Lambda Lamini LangChain Langfuse LangGraph Lepton
Lightsail Linode Llama LlamaIndex Logstash Longformer Looker Lookout Lumberyard Macie macOS
Matplotlib Megatron MemoryDB Midjourney Milvus Mistral Mixtral MLflow Modal MongoDB Monitron MySQL
Neptune Netlify Nginx Nitro Notion NumPy Nvidia Ollama Omics OpenAI OpenSearch OpenVINO
Organizations Outposts PaddleOCR pandas Panorama PartyRock PayPal Pegasus Perplexity Personalize
pgvector Phoenix Pinecone Plotly Podman Polars Polly Postgres PostgreSQL Prefect Prometheus Proton
Pulumi Pydantic Python PyTorch Qdrant QuickSight RabbitMQ Radeon Ragas Raspberry Redis Redshift
Rekognition Replicate RoBERTa RoboMaker RunPod Runway Ryzen SageMaker Salesforce Scala SciPy
Seaborn Sentry Shield Shopify Slack Snowball Snowcone Snowflake Snowmobile spaCy Spark Splunk
SQLite StableLM Streamlit Stripe Swift Tableau Teams TensorBoard TensorFlow TensorRT Terraform
Tesseract Textract Timestream Together Tokenizers Tomcat Trainium Transcribe Transfer Transformers
Translate Trello Triton TruLens TypeScript Ubuntu Unsloth Vercel Vertex Vicuna Weaviate Weights
whisper Windows WordPress WorkDocs WorkMail WorkSpaces Zendesk
""".split()

_WORD = re.compile(r"(?<![\w`'\"./*@:<-])[A-Za-z]+(?![\w`'\"/*@:>(-])")
IsWord = Callable[[str], bool]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("--words", type=Path, default=Path("/usr/share/dict/words"))
    args = parser.parse_args()
    settings = Settings()
    counter = TokenCounter(find_embedder(settings.embedder).folder)
    lexicon, words = learn(args.guide, counter, settings)
    ways: dict[str, IsWord] = {"embedder": lambda _word: False, "and list": is_known_word}

    def read(word: str, is_listed: IsWord) -> str:
        reading = read_question(word, lexicon, lambda each: counter([each]) == [1], is_listed)
        return reading.corrected.get(word, word)

    started = time.perf_counter()
    is_known_word("word")
    print(f"the list is read in {(time.perf_counter() - started) * 1000:.0f} ms")
    right = right_words(args.words)
    slips = mistyped(words, random.Random(0))
    shares: dict[tuple[str, str], float] = {}
    for way, is_listed in ways.items():
        for kind, some in right.items():
            lacking = [word for word in some if word.casefold() not in words]
            wrong = {word: to for word in lacking if (to := read(word, is_listed)) != word}
            shares[way, kind] = len(wrong) / max(1, len(lacking))
            shown = ", ".join(f"{word} → {to}" for word, to in list(wrong.items())[:N_SHOWN])
            print(f"{way}: {kind}: {len(wrong)} of {len(lacking):,} corrected ({shown})")
        fixed = sum(read(slip, is_listed).casefold() == word for slip, word in slips)
        shares[way, "slips"] = fixed / len(slips)
        print(f"{way}: {shares[way, 'slips']:.3f} of {len(slips):,} slips corrected as meant")
    texts = [share for (way, kind), share in shares.items() if way == "and list" and "text" in kind]
    return 0 if max(texts) <= MOST_WRONG and shares["and list", "slips"] >= LEAST_FIXED else 1


def learn(guide: Path, counter: TokenCounter, settings: Settings) -> tuple[Lexicon, set[str]]:
    """The guide's lexicon, and its words in small letters."""
    document = parse(guide, Limits(timeout_s=600.0, memory_mb=4096)).document
    texts = [chunk.embedded_text for chunk in split([document], counter, settings)]
    words = {word.casefold() for text in texts for word in re.findall(r"[^\W\d_]+", text)}
    return Lexicon.build(texts), words


def right_words(word_list: Path) -> dict[str, Sequence[str]]:
    packages = ((each.metadata["Description"] or "") for each in metadata.distributions())
    right: dict[str, Sequence[str]] = {
        "texts of Python": frequent(topics.topics.values()),
        "texts of packages": frequent(packages),
        "names": sorted({name for name in NAMES if len(name) >= MIN_LETTERS}),
        "names in small letters": sorted(
            {name.lower() for name in NAMES if len(name) >= MIN_LETTERS}
        ),
    }
    if word_list.exists():
        listed = word_list.read_text("utf-8").split()
        right[word_list.name] = [
            word for word in listed if re.fullmatch(f"[a-z]{{{MIN_LETTERS},}}", word)
        ]
    return right


def frequent(texts: Iterable[str]) -> list[str]:
    uses = Counter(word.lower() for text in texts for word in _WORD.findall(text))
    return sorted(word for word, n in uses.items() if n >= MIN_USES and len(word) >= MIN_LETTERS)


def mistyped(words: set[str], chance: random.Random) -> list[tuple[str, str]]:
    """(mistyped, right) of words drawn at random."""
    long_words = sorted(word for word in words if word.isascii() and len(word) >= MIN_LETTERS)
    slips: list[tuple[str, str]] = []
    while len(slips) < N_SLIPS:
        word = chance.choice(long_words)
        slip = misspell(word, chance)
        if slip != word:
            slips.append((slip, word))
    return slips


def misspell(word: str, chance: random.Random) -> str:
    """The word with one slip, behind its first letter."""
    at = chance.randrange(1, len(word))
    before, letter, after = word[:at], word[at], word[at + 1 :]
    return chance.choice(
        [
            before + after,
            before + letter + letter + after,
            before + after[:1] + letter + after[1:],
            before + chance.choice(neighbours(letter)) + after,
        ]
    )


def neighbours(letter: str) -> str:
    for row in KEYBOARD:
        if letter in row:
            at = row.index(letter)
            return row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    return letter


if __name__ == "__main__":
    sys.exit(main())
