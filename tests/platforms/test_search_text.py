import csv
import random
import re
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from platforms import pinyin, search
from platforms.demo.vocabulary import trades
from platforms.search import (
    document_tokens,
    initial_synonyms,
    normalise,
    parse_query,
    pinyin_tokens,
    sort_key,
    tokens,
)

SYLLABARY = (
    "江苏浙江固态电池正极材料中试平台发酵工程生物医药装备制造"
    "集成电路封装测试清洁低碳氢能储存运输高分子复合工艺放大验证服务检测"
)
TRADITIONAL = "軟體發酵電池驗證實驗藥體乾燥後處理裏碳纖維鋼鐵"
text_like = st.text(
    alphabet=SYLLABARY + TRADITIONAL + "，。 0123456789LtkgＡＢｃ（）", min_size=4, max_size=120
)


def ways(q: str) -> list[list[tuple[str, ...]]]:
    """For each word of a query its alternatives, each a tuple of tokens."""
    return [[way.tokens for way in word.alternatives] for word in parse_query(q).words]


@pytest.fixture(autouse=True, scope="module")
def dictionaries():
    """Loaded once before any property test, whose time limit is for the code and not for reading files."""
    sort_key("發電廠")


# --- folding


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ＡＢＣ１２", "abc12"),
        ("發酵", "发酵"),
        ("中\u200b试", "中试"),
        ("㎏", "kg"),
        ("m³", "m3"),
        ("Ⅲ", "iii"),
        ("碳纖維", "碳纤维"),
        ("\u202e中试\ufeff", "中试"),
        ("葛\U000e0100", "葛"),
        ("", ""),
    ],
)
def test_spellings_are_folded(typed, folded):
    assert normalise(typed) == folded


@given(st.text())
def test_folding_is_done_after_once(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet=SYLLABARY + TRADITIONAL), st.text(alphabet=SYLLABARY + TRADITIONAL))
def test_a_character_folds_alike_in_any_company(left, right):
    assert normalise(left + right) == normalise(left) + normalise(right)


def test_simplification_needs_one_pass_and_one_character():
    table = search._simplified()
    assert len(table) > 4000
    assert all(len(new) == 1 and ord(new) not in table for new in table.values())


# --- tokens and recall


def test_tokens_are_words_characters_and_pairs():
    assert tokens("PVD镀膜 500L") == {"pvd", "镀", "膜", "镀膜", "500l"}
    assert tokens("，。 ") == set()


@given(text_like, st.data())
def test_every_term_of_two_to_four_characters_is_found_where_it_occurs(text, data):
    runs = re.findall(r"[\u4e00-\u9fff]{2,}", text)
    if not runs:
        return
    run = data.draw(st.sampled_from(runs))
    length = data.draw(st.integers(1, min(4, len(run))))
    start = data.draw(st.integers(0, len(run) - length))
    assert parse_query(run[start : start + length]).matches(document_tokens({"text": [text]}))


def synthetic_corpus(n: int, rng: random.Random) -> list[str]:
    words = [SYLLABARY[i : i + rng.randint(2, 5)] for i in range(len(SYLLABARY) - 5)] + [
        "500 L",
        "吨级",
        "PVD",
        "軟體",
        "3D",
    ]
    return ["".join(rng.choices(words, k=60)) + "，" + "".join(rng.choices(words, k=20)) for _ in range(n)]


def test_recall_against_substring_is_one_over_a_synthetic_corpus():
    rng = random.Random(20260101)
    corpus = synthetic_corpus(300, rng)
    found = [document_tokens({"text": [text]}) for text in corpus]
    folded = [normalise(text) for text in corpus]
    hits = wanted = returned = 0
    for _ in range(300):
        runs = re.findall(r"[\u4e00-\u9fff]+", rng.choice(corpus))
        run = rng.choice([each for each in runs if len(each) >= 4])
        length = rng.choice([2, 3, 4])
        start = rng.randint(0, len(run) - length)
        term = run[start : start + length]
        query = parse_query(term)
        truth = {i for i, text in enumerate(folded) if normalise(term) in text}
        answer = {i for i, each in enumerate(found) if query.matches(each)}
        wanted += len(truth)
        hits += len(truth & answer)
        returned += len(answer)
    assert wanted > 300
    assert hits == wanted
    assert returned < wanted * 2


def test_tiers_are_tagged():
    found = document_tokens({"name": ["固态"], "operator": ["大学"], "service": ["涂布"], "text": ["说明"]})
    assert {"固态", "n:固态", "大学", "o:大学", "s:涂布", "说明", "p:gutai", "p:gt"} <= found
    assert "n:说明" not in found
    assert parse_query("固态").matches(found, "n:")
    assert not parse_query("大学").matches(found, "n:")
    assert parse_query("固态 大学").matches(found)


# --- pinyin


@pytest.mark.parametrize(
    "typed",
    [
        "gu",
        "gutai",
        "gutaidianchi",
        "dianchi",
        "gtdc",
        "gt",
        "dc",
        "zhongshipingtai",
        "gutaidianchizhongshipingtai",
    ],
)
def test_a_name_is_found_by_its_pinyin(typed):
    assert typed in pinyin_tokens("固态电池中试平台")
    assert parse_query(typed).matches(document_tokens({"name": ["固态电池中试平台"]}))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("六安", "luan"),
        ("重庆", "chongqing"),
        ("厦门", "xiamen"),
        ("乐清", "yueqing"),
        ("绿色", "lvse"),
        ("薄膜", "bomo"),
        ("漯河", "luohe"),
        ("𠮷林", "lin"),
    ],
)
def test_readings_of_places_and_terms(name, typed):
    assert typed in pinyin_tokens(name)


def test_readings_agree_with_the_reference_list_of_cities():
    with (search.DATA / "cities.csv").open(encoding="utf-8") as file:
        cities = list(csv.DictReader(file))
    assert len(cities) > 300
    wrong = []
    for city in cities:
        listed = re.sub(
            r"[^a-zv]", "", unicodedata.normalize("NFC", city["name_pinyin"]).lower().replace("ü", "v")
        )
        read = "".join(each.rstrip("12345") for each in pinyin.syllables(city["name_zh_short"]))
        if read != listed:
            wrong.append((city["name_zh_short"], read, listed))
    assert wrong == []


def test_overrides_have_a_syllable_per_character():
    for term, spelled in pinyin.overrides().items():
        assert len(term) == len(spelled)
        assert all(re.fullmatch(r"[a-z]+[1-4]", each) for each in spelled), term


def test_spelling_phrase_by_phrase_reads_as_spelling_the_whole():
    from pypinyin import Style, lazy_pinyin

    runs = {
        run for words in trades().values() for topic in words.topics for run in re.findall("[一-鿿]+", topic)
    }
    for run in [*sorted(runs), "重庆长安银行行长", "音乐快乐重量重新", "朝阳朝气还款还有"]:
        assert pinyin._spelled(run) == lazy_pinyin(run, style=Style.TONE3)


def test_names_sort_as_in_a_dictionary():
    names = ["上海", "安徽", "重庆", "昂立", "第10中试线", "第2中试线", "妈", "马", "麻"]
    assert sorted(names, key=sort_key) == [
        "安徽",
        "昂立",
        "重庆",
        "第2中试线",
        "第10中试线",
        "妈",
        "麻",
        "马",
        "上海",
    ]


@given(st.text(max_size=80))
def test_no_name_makes_pinyin_fail(name):
    pinyin_tokens(name)
    assert sort_key(name) == sort_key(name)


@given(st.text(alphabet="𠮷㐂䶮鿫〇中", max_size=8))
def test_characters_without_reading_keep_their_place(name):
    assert len(pinyin.syllables(normalise(name))) == len(normalise(name))


# --- scales


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("吨级", "scale:t"),
        ("公斤级", "scale:kg"),
        ("千克级", "scale:kg"),
        ("克级", "scale:g"),
        ("百公斤级", "scale:100kg"),
        ("百克级", "scale:100g"),
        ("十吨级", "scale:10t"),
        ("千吨级", "scale:10t"),
        ("百升级", "scale:100kg"),
        ("50公斤级", "scale:kg"),
        ("500L", "scale:500l"),
        ("500 L", "scale:500l"),
        ("５００ 升", "scale:500l"),
        ("2t/批", "scale:2t/batch"),
        ("10m³", "scale:10m3"),
    ],
)
def test_scale_words_are_recognised(q, expected):
    (word,) = parse_query(q).words
    assert word.alternatives[0].tokens == (expected,)


def test_to_upgrade_is_not_a_scale():
    assert ways("升级") == [[("升级",)]]
    assert ways("3台") == [[("3", "台")]]


def test_a_line_is_found_by_rung_and_by_amount():
    found = document_tokens({"scale": ["2 t/批", "500 L"]})
    for q in ("吨级", "2t", "2 吨", "2 t/批", "500L", "500 升", "500 L 2 t"):
        assert parse_query(q).matches(found), q
    assert not parse_query("公斤级").matches(found)


def test_a_yearly_output_is_no_rung():
    found = document_tokens({"scale": ["年产300吨", "300 t/a"], "text": ["年产300吨"]})
    assert not any(token in found for token in ("scale:t", "scale:10t"))
    assert parse_query("300吨").matches(found)


def test_an_amount_in_running_text_is_found_with_and_without_space():
    for text in ("配有500L发酵罐", "配有 500 L 发酵罐"):
        for q in ("500L", "500 L", "500L发酵罐", "发酵罐 500 升"):
            assert parse_query(q).matches(document_tokens({"text": [text]})), (text, q)


def test_what_only_looks_like_a_scale_is_still_found_as_a_word():
    assert parse_query("5G").matches(document_tokens({"text": ["5G通信"]}))
    assert parse_query("5G通信").matches(document_tokens({"text": ["5G通信"]}))


# --- queries


def test_words_are_anded_and_alternatives_are_ored():
    query = parse_query("发酵 放大", {"放大": ["熟化"]})
    assert [word.text for word in query.words] == ["发酵", "放大"]
    assert query.matches(tokens("发酵熟化"))
    assert query.matches(tokens("发酵，放大"))
    assert not query.matches(tokens("发酵"))


def test_one_character_is_found():
    assert ways("氢") == [[("氢",)]]
    assert parse_query("氢").matches(tokens("制氢"))


def test_a_known_term_inside_a_longer_word_is_exchanged():
    assert parse_query("固态锂电池组", {"锂电池": ["锂离子电池"]}).matches(tokens("固态锂离子电池组"))


def test_the_example_of_the_home_page_finds_texts_that_say_it_apart():
    query = parse_query("锂电正极材料 吨级 放大", initial_synonyms())
    found = document_tokens(
        {"name": ["锂离子电池材料中试平台"], "service": ["磷酸铁锂放大试验"], "scale": ["1 t/批"]}
    )
    assert query.matches(found)
    assert not query.matches(
        document_tokens({"name": ["锂离子电池材料中试平台"], "service": ["放大"], "scale": ["1 t/批"]})
    )


def test_nothing_asked_is_nothing():
    for q in ("", "   ", "，。、", "!!"):
        assert not parse_query(q)


@pytest.mark.parametrize(
    ("q", "code"), [("字" * 201, "query_long"), (" ".join(["词语"] * 11), "query_words")]
)
def test_a_query_has_bounds(q, code):
    with pytest.raises(ValidationError) as caught:
        parse_query(q)
    assert caught.value.code == code
    assert re.search("200|10", caught.value.messages[0])


@given(st.text(max_size=200), st.sampled_from(["", "n:"]))
def test_no_query_breaks_the_condition(q, tag):
    try:
        query = parse_query(q, initial_synonyms())
    except ValidationError:
        return
    condition = query.tsquery(tag)
    outside = re.sub(r"'(?:[^'\\]|''|\\\\)*'", "", condition)
    assert set(outside) <= set(" &|()")
    assert condition.count("(") == condition.count(")")
    assert all(word.alternatives and all(way.tokens for way in word.alternatives) for word in query.words)


@given(text_like)
def test_a_text_finds_itself(text):
    try:
        query = parse_query(text)
    except ValidationError:
        return
    assert query.matches(document_tokens({"text": [text]}))


def test_the_condition_is_written_for_the_database():
    assert (
        parse_query("发酵 氢", {"发酵": ["o'x"]}).tsquery("n:")
        == "(('n:发酵') | ('n:o' & 'n:x')) & (('n:氢'))"
    )
    assert parse_query("500 L").tsquery("n:") == "(('scale:500l'))"


# --- synonyms


def test_synonyms_work_in_the_direction_of_their_kind():
    rows = [
        {"term": "锂离子电池", "synonym": "锂电", "kind": "abbreviation"},
        {"term": "正极材料", "synonym": "磷酸铁锂", "kind": "narrower"},
    ]
    assert search.read_synonyms(rows) == {
        "锂离子电池": ["锂电"],
        "锂电": ["锂离子电池"],
        "正极材料": ["磷酸铁锂"],
    }


def test_the_initial_list_is_clean():
    with (search.DATA / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["term"], row["synonym"]) for row in rows}) == len(rows) >= 60
    assert {row["kind"] for row in rows} == {"equivalent", "abbreviation", "narrower"}
    assert all("初始" in row["note"] for row in rows)
