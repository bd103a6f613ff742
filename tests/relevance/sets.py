"""The open test collections: read from ../shared/data, turned into records and judged questions.

A collection is (records, questions): records are dictionaries as `observatory import` takes them;
questions are (words, language or None, {record id: grade}).
"""

import json
import re
import tarfile
from pathlib import Path

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
RETRIEVAL = DATA / "retrieval"
XQUAD = ("ar", "zh", "en", "ru", "es")


def is_here():
    return RETRIEVAL.is_dir()


def _files(archive):
    with tarfile.open(RETRIEVAL / f"{archive}.tar.xz") as packed:
        return {member.name: packed.extractfile(member).read().decode("utf-8", "replace").replace("\r\n", "\n")
                for member in packed if member.isfile()}


def _one_line(text):
    return re.sub(r"\s+", " ", text).strip()


def _record(number, text, language, title="·"):
    return {"id": str(number), "title": title, "text": _one_line(text), "date": "2020-01-01",
            "language": language}


def _squad(text, language):
    """Paragraphs as documents, questions as queries; the right paragraph is the one asked about."""
    records, questions = [], []
    for article in json.loads(text)["data"]:
        for paragraph in article["paragraphs"]:
            number = len(records) + 1
            records.append(_record(number, paragraph["context"], language))
            for question in paragraph["qas"]:
                questions.append((_one_line(question["question"]), language, {str(number): 1}))
    return records, questions


def xquad(language):
    return _squad(_files("xquad-5lang")[f"xquad-5lang/xquad.{language}.json"], language)


def piaf():
    return _squad(_files("piaf-fr-A")["piaf-fr-A/piaf-v1.0-even-articles.json"], "fr")


def cranfield():
    files = _files("cranfield")
    records = []
    for part in re.split(r"^\.I ", files["cranfield/cran.all.1400"], flags=re.M)[1:]:
        number = part.split("\n", 1)[0].strip()
        title = _one_line(re.search(r"^\.T\n(.*?)^\.A", part, re.S | re.M).group(1))
        records.append(_record(number, re.search(r"^\.W\n(.*)", part, re.S | re.M).group(1), "en", title or "·"))
    # They number the questions by their order, and write 1 for the best and 4 for the least.
    grades = {}
    for line in files["cranfield/cranqrel"].splitlines():
        question, record, code = line.split()[:3]
        grade = {1: 4, 2: 3, 3: 2, 4: 1}.get(int(code), 0)
        if grade:
            grades.setdefault(int(question), {})[record] = grade
    questions = []
    for number, part in enumerate(re.split(r"^\.I ", files["cranfield/cran.qry"], flags=re.M)[1:], 1):
        words = _one_line(re.search(r"^\.W\n(.*)", part, re.S | re.M).group(1))
        questions.append((words, "en", grades.get(number, {})))
    return records, questions


def vaswani():
    files = _files("vaswani-npl")
    records = []
    for part in re.findall(r"<DOC>(.*?)</DOC>", files["vaswani-npl/corpus/doc-text.trec"], re.S):
        number = re.search(r"<DOCNO>(.*?)</DOCNO>", part).group(1).strip()
        text = re.sub(r"<[^>]*>", " ", re.sub(r"<DOCNO>.*?</DOCNO>", "", part))
        records.append(_record(number, text, "en"))
    grades = {}
    for line in files["vaswani-npl/qrels"].splitlines():
        question, _, record, grade = line.split()
        grades.setdefault(question, {})[record] = int(grade)
    questions = []
    for part in re.findall(r"<top>(.*?)</top>", files["vaswani-npl/query-text.trec"], re.S):
        number = re.search(r"<num>\s*(\d+)", part).group(1)
        words = _one_line(re.search(r"<title>(.*?)(?:</title>|$)", part, re.S).group(1))
        questions.append((words.lower(), "en", grades.get(number, {})))
    return records, questions


def across(asked, written):
    """Questions in one language, paragraphs in another: the collection is parallel."""
    records, _ = xquad(written)
    _, questions = xquad(asked)
    return records, [(words, None, grades) for words, _, grades in questions]


# name: (how it is read, nDCG@10 of BM25 with the best simple analysis, see README.md)
SAME_LANGUAGE = {
    "cranfield": (cranfield, 0.369),
    "vaswani": (vaswani, 0.432),
    "xquad-en": (lambda: xquad("en"), 0.967),
    "xquad-es": (lambda: xquad("es"), 0.961),
    "xquad-ru": (lambda: xquad("ru"), 0.952),
    "xquad-ar": (lambda: xquad("ar"), 0.933),
    "xquad-zh": (lambda: xquad("zh"), 0.963),
    "piaf-fr": (piaf, 0.777),
}
