"""Whether faces may be passed on: what is not known is never taken for a yes."""

import pytest

from fleeting.errors import ManifestError
from fleeting.publishing.rights import judge, rights


@pytest.mark.parametrize(
    ("licence", "verdict"),
    [
        ("CC0-1.0", "yes"),
        ("public domain (NASA)", "yes"),
        ("CC BY 4.0", "yes"),
        ("cc-by-nc-sa-4.0", "yes"),
        ("MIT", "yes"),
        ("Apache-2.0", "yes"),
        ("CC-BY-ND-4.0", "no"),
        ("cc by-nc-nd 2.0", "no"),
        ("CelebA agreement", "no"),
        ("EmotioNet", "no"),
        ("research use only, no redistribution", "no"),
        ("You may not be shared: all rights reserved", "no"),
        ("SAMM licence agreement", "no"),
        ("CAS(ME)^3", "no"),
        ("CK+ agreement", "no"),
        ("not stated", "unknown"),
        ("LICENSE file of my-faces", "unknown"),
        ("", "unknown"),
        ("permitted by the sitters", "unknown"),  # holds the letters of MIT
        ("my own photographs", "unknown"),
    ],
)
def test_licence_text_is_judged(licence, verdict):
    assert judge(licence)[0] == verdict


@pytest.mark.parametrize(
    ("file", "verdict"),
    [
        ("CelebA/img_align_celeba/000001.jpg", "no"),
        ("img_align_celeba\\000001.jpg", "no"),
        ("CASME2/Cropped/sub01/reg_img46.jpg", "no"),
        ("SAMM/006/006_1_2/006_05562.jpg", "no"),
        ("portraits/samm.jpg", "yes"),  # a person's name is no data set
        ("faces/a.jpg", "yes"),
    ],
)
def test_folder_of_a_known_data_set_outweighs_the_stated_licence(file, verdict):
    assert judge("CC0-1.0", file)[0] == verdict


def test_rights_count_accepted_faces_only(fake):
    found = rights(fake(licence="CC0-1.0"))
    assert [(right.licence, right.faces, right.verdict) for right in found] == [("CC0-1.0", 1, "yes")]


def test_damaged_table_is_an_error_of_ours(fake):
    root = fake()
    (root / "faces.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ManifestError, match="licences of the faces cannot be read"):
        rights(root)
