import pytest
import torch

from fleeting.generators.ganimation.network import GeneratorNetwork
from fleeting.training.ganimation.alarms import CYCLE, MASK_CLOSED, MASK_OPEN, PENALTY, RESPONSE, alarms
from fleeting.training.ganimation.sheet import DOSES, look

GOOD = {
    "critic": 1.0,
    "generator": 2.0,
    "penalty": 0.5,
    "mask": 0.7,
    "cycle": 0.05,
    "response_4": 3.0,
    "response_12": 4.0,
}


def rows_of(count, **values):
    return [{**GOOD, **values, "step": 100.0 * (number + 1)} for number in range(count)]


def names(rows, steps=400):
    return [(alarm.name, alarm.step) for alarm in alarms(rows, steps)]


def test_a_good_training_raises_no_alarm():
    assert names(rows_of(4)) == []


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"mask": MASK_CLOSED + 0.001}, "mask saturated"),
        ({"mask": MASK_OPEN - 0.001}, "mask saturated"),
        ({"penalty": PENALTY + 0.1}, "critic diverges"),
        ({"response_12": RESPONSE - 0.01}, "no response"),
        ({"cycle": CYCLE + 0.01}, "identity lost"),
    ],
)
def test_each_fault_is_told_from_the_third_row_on_and_once(values, name):
    assert names(rows_of(2, **values)) == []
    assert names(rows_of(4, **values)) == [(name, 300)]


def test_a_loss_that_is_not_finite_is_told_at_once():
    assert names(rows_of(1, critic=float("nan"))) == [("critic diverges", 100)]


def test_a_young_generator_may_do_nothing_yet():
    assert names(rows_of(4, response_4=0.0, cycle=0.5), steps=10_000) == []


def test_a_fault_that_comes_back_is_told_again():
    closed = rows_of(12)
    for row in (*closed[0:3], *closed[8:12]):
        row["mask"] = 1.0
    assert [name for name, _ in names(closed)] == ["mask saturated", "mask saturated"]


def test_the_alarm_names_the_unit_without_effect():
    (alarm,) = alarms(rows_of(3, response_12=0.0), 300)
    assert "AU12 0.00" in alarm.words
    assert "AU4" not in alarm.words


def test_a_network_that_ignores_its_units_has_no_response():
    torch.manual_seed(0)
    network = GeneratorNetwork(2, 4, 1)
    images, aus = torch.rand(2, 3, 32, 32) * 2 - 1, torch.zeros(2, 2)
    heard, sheet = look(network, images, aus, [4, 12])
    assert min(heard.values()) > 0
    assert sheet.shape == (2 * 32, 40 + 2 * (len(DOSES) + 2) * 32, 3)
    with torch.no_grad():
        network.trunk[0].weight[:, 3:] = 0
    deaf, _ = look(network, images, aus, [4, 12])
    assert deaf == {"response_4": 0.0, "response_12": 0.0}
    assert names(rows_of(3, **deaf)) == [("no response", 300)]
