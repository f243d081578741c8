from fleeting.reports.tables import part_rows, parts_html, summary_text

OVERALL = {
    "uf1": 0.72549, "uf1_sd": 0.0104, "uar": 0.7351, "uar_sd": 0.02, "war": 0.7444,
    "clips": 309, "subjects": 40, "uf1_interval": [0.65, 0.7899],
}  # fmt: skip
RESULTS = {
    "seeds": [0, 1, 2],
    "overall": OVERALL,
    "parts": {"casme2": {**OVERALL, "uf1": 0.85, "clips": 145}},
    "floor": {"answer": "negative", "uf1": 0.2255, "uar": 0.3333, "war": 0.5113},
    "model": "linear",
    "parameters": 7059,
    "train_samples": 12000,
    "protocol": "direct",
    "tested_on": {"summary": "Tested on 309 recorded clips."},
    "notes": ["Tested on 309 recorded clips.", "a word " * 40],
}


def test_rows_are_all_clips_then_parts_then_floor():
    assert part_rows(RESULTS) == [
        ("all clips", "0.725 ± 0.010", "0.650 to 0.790", "0.735 ± 0.020", "0.744", "309", "40"),
        ("casme2", "0.850 ± 0.010", "0.650 to 0.790", "0.735 ± 0.020", "0.744", "145", "40"),
        ('always "negative"', "0.226", "-", "0.333", "0.511", "-", "-"),
    ]


def test_one_seed_shows_no_spread():
    assert part_rows({**RESULTS, "seeds": [4]})[0][1] == "0.725"


def test_floor_is_called_by_its_answer():
    assert part_rows({**RESULTS, "floor": {**RESULTS["floor"], "answer": "others"}})[-1][0] == 'always "others"'
    assert '<tr class="floor"><th scope="row">always &quot;negative&quot;' in parts_html(RESULTS)


def test_html_escapes_the_names_of_parts():
    page = parts_html({**RESULTS, "parts": {"<b>": OVERALL}})
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_summary_fits_a_terminal_and_says_what_was_tested_once():
    text = summary_text({**RESULTS, "parts": {"a very long name of somebody's own data set " * 3: OVERALL}})
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("Tested on 309 recorded clips.") == 1
    assert "Recogniser linear (7,059 parameters), trained on 12,000 clips with 3 seeds, protocol direct." in text
    assert "0.725 ± 0.010" in text


def test_summary_of_bare_scores_needs_no_run():
    text = summary_text({"seeds": [0], "overall": OVERALL})
    assert text.startswith("A predictions table of 309 clips of 40 subjects.")
    assert "±" not in text
