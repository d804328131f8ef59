"""Haystack's extractive pipeline: its text embedder, its FAISS store, its reader, with our weights."""

from __future__ import annotations

import os

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

import numpy as np
from haystack import Document, Pipeline
from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder
from haystack_integrations.components.readers.transformers import TransformersExtractiveReader
from haystack_integrations.components.retrievers.faiss import FAISSEmbeddingRetriever
from haystack_integrations.document_stores.faiss import FAISSDocumentStore
from serve import serve, units


class Haystack:
    def load(self, models: str) -> str:
        self.models = models
        self.reader = TransformersExtractiveReader(
            model=f"{models}/reader", top_k=5, model_kwargs={"torch_dtype": "float32"}
        )
        self.reader.warm_up()
        return "haystack, torch float32"

    def index(self, corpus: str, vectors: str) -> int:
        rows = np.load(vectors).astype("float32")
        _, passages = units(corpus)
        store = FAISSDocumentStore(embedding_dim=rows.shape[1])
        documents = [
            Document(id=str(number), content=passage, embedding=row.tolist())
            for number, (passage, row) in enumerate(zip(passages, rows, strict=True))
        ]
        for first in range(0, len(documents), 5000):
            store.write_documents(documents[first : first + 5000])
        self.pipeline = Pipeline()
        self.pipeline.add_component(
            "embedder",
            SentenceTransformersTextEmbedder(
                model=f"{self.models}/encoder",
                prefix="query: ",
                normalize_embeddings=True,
                progress_bar=False,
                local_files_only=True,
                model_kwargs={"torch_dtype": "float32"},
            ),
        )
        self.pipeline.add_component("retriever", FAISSEmbeddingRetriever(document_store=store, top_k=6))
        self.pipeline.add_component("reader", self.reader)
        self.pipeline.connect("embedder.embedding", "retriever.query_embedding")
        self.pipeline.connect("retriever.documents", "reader.documents")
        return len(documents)

    def ask(self, question: str) -> str | None:
        found = self.pipeline.run({"embedder": {"text": question}, "reader": {"query": question}})
        return found["reader"]["answers"][0].data

    def read(self, question: str, passages: list[str]) -> str | None:
        found = self.reader.run(query=question, documents=[Document(content=passage) for passage in passages])
        return found["answers"][0].data


if __name__ == "__main__":
    serve(Haystack())
