"""What the short names of sources stand for: authors, year and title of each, and where it can be read."""

from __future__ import annotations

import re

SOURCES: dict[str, str] = {
    "Bricken 2023": "T. Bricken and others: Towards Monosemanticity: Decomposing Language Models With Dictionary Learning. Transformer "
    "Circuits Thread, 2023",
    "Cunningham 2023": "H. Cunningham and others: Sparse Autoencoders Find Highly Interpretable Features in Language Models. "
    "arXiv:2309.08600, 2023",
    "Gao 2024": "L. Gao and others: Scaling and evaluating sparse autoencoders. arXiv:2406.04093, 2024",
    "Templeton 2024": "A. Templeton and others: Scaling Monosemanticity: Extracting Interpretable Features from Claude 3 Sonnet. "
    "Transformer Circuits Thread, 2024",
    "O'Neill 2024": "C. O'Neill and others: Disentangling Dense Embeddings with Sparse Autoencoders. arXiv:2408.00657, 2024",
    "Bussmann 2024": "B. Bussmann, P. Leask, N. Nanda: BatchTopK Sparse Autoencoders. arXiv:2412.06410, 2024",
    "Bussmann 2025": "B. Bussmann and others: Learning Multi-Level Features with Matryoshka Sparse Autoencoders. arXiv:2503.17547, 2025",
    "Makhzani & Frey 2013": "A. Makhzani, B. Frey: k-Sparse Autoencoders. arXiv:1312.5663, 2013",
    "Ng 2011": "A. Ng: Sparse autoencoder. CS294A lecture notes, Stanford University, 2011",
    "Olshausen & Field 1996": "B. Olshausen, D. Field: Emergence of simple-cell receptive field properties by learning a sparse code for "
    "natural images. Nature 381, 1996",
    "Blumensath & Davies 2009": "T. Blumensath, M. Davies: Iterative hard thresholding for compressed sensing. Applied and Computational "
    "Harmonic Analysis 27, 2009",
    "Tibshirani 1996": "R. Tibshirani: Regression shrinkage and selection via the lasso. Journal of the Royal Statistical Society B 58, 1996",
    "Kingma & Ba 2015": "D. Kingma, J. Ba: Adam: A Method for Stochastic Optimization. arXiv:1412.6980, 2015",
    "Goodfellow, Bengio & Courville 2016": "I. Goodfellow, Y. Bengio, A. Courville: Deep Learning. MIT Press, 2016",
    "Manning, Raghavan & Schütze 2008": "C. Manning, P. Raghavan, H. Schütze: Introduction to Information Retrieval. Cambridge University "
    "Press, 2008",
    "Salton & McGill 1983": "G. Salton, M. McGill: Introduction to Modern Information Retrieval. McGraw-Hill, 1983",
    "Jaccard 1912": "P. Jaccard: The distribution of the flora in the alpine zone. New Phytologist 11, 1912",
    "Pearson 1895": "K. Pearson: Contributions to the mathematical theory of evolution II: Skew variation in homogeneous material. "
    "Philosophical Transactions of the Royal Society A 186, 1895",
    "Pearson 1901": "K. Pearson: On lines and planes of closest fit to systems of points in space. Philosophical Magazine 2, 1901",
    "Pearson 1905": "K. Pearson: Das Fehlergesetz und seine Verallgemeinerungen durch Fechner und Pearson: a rejoinder. Biometrika 4, 1905",
    "van der Maaten & Hinton 2008": "L. van der Maaten, G. Hinton: Visualizing Data using t-SNE. Journal of Machine Learning Research 9, 2008",
    "Hyvärinen & Oja 2000": "A. Hyvärinen, E. Oja: Independent component analysis: algorithms and applications. Neural Networks 13, 2000",
    "Lee & Seung 1999": "D. Lee, H. Seung: Learning the parts of objects by non-negative matrix factorization. Nature 401, 1999",
    "Lefèvre 2011": "A. Lefèvre, F. Bach, C. Févotte: Online algorithms for nonnegative matrix factorization with the Itakura-Saito "
    "divergence. IEEE Workshop on Applications of Signal Processing to Audio and Acoustics, 2011",
    "Lloyd 1982": "S. Lloyd: Least squares quantization in PCM. IEEE Transactions on Information Theory 28, 1982",
    "Sculley 2010": "D. Sculley: Web-scale k-means clustering. International Conference on World Wide Web, 2010",
    "Mairal 2009": "J. Mairal, F. Bach, J. Ponce, G. Sapiro: Online dictionary learning for sparse coding. International Conference on "
    "Machine Learning, 2009",
    "Pati 1993": "Y. Pati, R. Rezaiifar, P. Krishnaprasad: Orthogonal matching pursuit: recursive function approximation with applications "
    "to wavelet decomposition. Asilomar Conference on Signals, Systems and Computers, 1993",
    "scikit-learn": "F. Pedregosa and others: Scikit-learn: Machine Learning in Python. Journal of Machine Learning Research 12, 2011",
    "McInnes, Healy & Melville 2018": "L. McInnes, J. Healy, J. Melville: UMAP: Uniform Manifold Approximation and Projection for Dimension "
    "Reduction. arXiv:1802.03426, 2018",
}
"""Short name → authors, title, where and when."""
_OF_TERM = {
    "JumpReLU": "S. Rajamanoharan and others: Jumping Ahead: Improving Reconstruction Fidelity with JumpReLU Sparse Autoencoders. "
    "arXiv:2407.14435, 2024",
    "Gated": "S. Rajamanoharan and others: Improving Dictionary Learning with Gated Sparse Autoencoders. arXiv:2404.16014, 2024",
}
"""Term → its source, where one group wrote two of them in a year."""


def cited(name: str, source: str) -> str:
    """The ``source`` of the term called ``name`` in full, such as ``L. Gao and others: Scaling and … arXiv:2406.04093, 2024 (App. A.2)``.

    Raises:
        KeyError: one of its parts is unknown.
    """
    if name in _OF_TERM:
        return _OF_TERM[name]
    found = []
    for part in source.split("; "):
        after, short, more = re.fullmatch(r"(after )?(.*?\d{4}|scikit-learn)(?:, (.*))?", part).groups()  # type: ignore[union-attr]
        found.append(f"{after or ''}{SOURCES[short]}{f' ({more})' if more else ''}")
    return "; ".join(found)
