"""The terms of the field as the window uses them: what each means, its formula, where it comes from, and a figure that shows it."""

from saegui.core.glossary.lookup import found, term
from saegui.core.glossary.term import Term
from saegui.core.glossary.terms import OF_METRIC, OF_PARAMETER, TERMS

__all__ = ["OF_METRIC", "OF_PARAMETER", "TERMS", "Term", "found", "term"]
