"""The lower layer: articles, sentences, vectors, the stored library. Knows nothing of answers."""
