from __future__ import annotations

import numpy as np

from anchorproof.faces.nms import suppress

# 10 x 10 boxes: the second shares 9 x 10 with the first (IoU 90/110 = .82), the third 5 x 10 (IoU 50/150 = .33).
BOXES = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [5, 0, 15, 10]], np.float32)
SCORES = np.array([0.8, 0.9, 0.7], np.float32)


def test_the_better_of_two_close_boxes_stays() -> None:
    # The third shares 6 x 10 with the second: IoU 60/140 = .43.
    assert suppress(BOXES, SCORES, np.zeros(3, np.intp), 0.5).tolist() == [1, 2]
    assert suppress(BOXES, SCORES, np.zeros(3, np.intp), 0.4).tolist() == [1]


def test_boxes_of_different_pictures_never_meet() -> None:
    assert sorted(suppress(BOXES, SCORES, np.array([0, 1, 0]), 0.5).tolist()) == [0, 1, 2]


def test_overlap_of_the_smaller_finds_a_box_inside_another() -> None:
    boxes = np.array([[0, 0, 99, 99], [10, 10, 29, 29]], np.float32)
    scores = np.array([0.9, 0.95], np.float32)
    alone = np.zeros(2, np.intp)
    assert suppress(boxes, scores, alone, 0.7, of_smaller=True).tolist() == [1]
    assert suppress(boxes, scores, alone, 0.7).tolist() == [1, 0]


def test_nothing_in_nothing_out() -> None:
    assert suppress(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.intp), 0.5).size == 0
