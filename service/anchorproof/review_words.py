"""The desk's words for people, in English and Chinese: what the evidence report is written in."""

from __future__ import annotations

from collections.abc import Mapping

from anchorproof.types import Decision, ReviewOutcome, ReviewReason
from anchorproof.types.reviews import PAGE_SOURCE

LANGUAGES = ("en", "zh")

#: By key: English, Chinese.
_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Evidence report", "证据报告"),
    "notice": (
        "This is evidence for a person who decides, not an accusation. Log-likelihood ratios (LLR) are base 10: "
        "positive supports that the clip is a spoof, or that two faces or voices are one person's.",
        "本报告是供人判断的证据,不是指控。对数似然比(LLR)以 10 为底:"
        "正值支持“片段为伪造”,或支持“两张面孔或两段声音属于同一人”。",
    ),
    "clip": ("Clip", "片段"),
    "clip_name": ("Name", "名称"),
    "sha256": ("SHA-256", "SHA-256"),
    "duration": ("Length", "时长"),
    "size": ("Size", "大小"),
    "report": ("Report", "报告"),
    "report_time": ("Report made", "报告时间"),
    "source": ("Sent by", "提交方"),
    "by_page": ("{account}, on the reviewers' page", "{account}(审核页面上传)"),
    "detector": ("Source", "来源"),
    "anchor": ("Anchor", "主播"),
    "when": ("When", "时段"),
    "best": ("Nearest (LLR)", "最接近者(LLR)"),
    "verdict": ("What the analysis says", "分析结论"),
    "decision": ("Decision", "判定"),
    "confidence": ("Confidence", "置信度"),
    "at_prior": ("at a prior of {prior:.2f} for a spoof", "伪造的先验概率为 {prior:.2f}"),
    "flags": ("Flags", "标记"),
    "scenarios": ("Looks like", "疑似情形"),
    "reasons": ("Reasons", "理由"),
    "limits": ("What this answer cannot tell", "本结论不能说明的内容"),
    "evidence": ("Evidence", "证据"),
    "question": ("Question", "问题"),
    "authenticity": ("authenticity", "真实性"),
    "identity": ("identity", "身份"),
    "subject": ("About", "对象"),
    "llr": ("LLR", "LLR"),
    "raw": ("Raw score", "原始分数"),
    "model": ("Model", "模型"),
    "where": ("Where the picture detector looked", "图像检测器关注的位置"),
    "where_note": (
        "Pink: more than usual was seen in that part of the face's picture; blue: less. One scale for all clips. It "
        "is no proof, and no outline of a forgery.",
        "粉色:面部画面的该部分所见多于常态;蓝色:少于常态。所有片段使用同一标尺。它不是证据,也不是伪造区域的轮廓。",
    ),
    "people": ("Who is seen and heard", "画面与声音中的人物"),
    "nobody": ("nobody enrolled", "未登记人员"),
    "seen": ("seen", "出现"),
    "heard": ("heard", "发声"),
    "written": ("Written in the picture", "画面文字"),
    "footage": ("Our own footage", "自有素材"),
    "unassessed": ("What could not be judged", "无法判断的内容"),
    "decisions": ("What people decided", "人工判定"),
    "undecided": ("Nobody has decided yet.", "尚无人判定。"),
    "reviewer": ("Reviewer", "审核人"),
    "outcome": ("Outcome", "结果"),
    "reason": ("Reason", "理由"),
    "time": ("Time (UTC)", "时间(UTC)"),
    "note": ("Note", "备注"),
    "taken_back": ("taken back {time}", "于 {time} 撤回"),
    "reopened": ("opened again {time}", "于 {time} 重新开启"),
    "log": ("Audit log of this review", "本次审核的审计记录"),
    "number": ("No.", "序号"),
    "actor": ("Who", "操作人"),
    "action": ("What", "操作"),
    "hash": ("SHA-256 (first 16)", "SHA-256(前 16 位)"),
    "components": ("What made this report", "生成本报告的组件"),
    "kind": ("Kind", "类别"),
    "version": ("Version", "版本"),
    "page": ("page {page}", "第 {page} 页"),
    "nothing": ("none", "无"),
}
_DECISIONS: Mapping[Decision, tuple[str, str]] = {
    Decision.SPOOF: ("SPOOF", "伪造"),
    Decision.BONA_FIDE: ("BONA FIDE", "真实"),
    Decision.INCONCLUSIVE: ("INCONCLUSIVE", "无法判定"),
}
_OUTCOMES: Mapping[ReviewOutcome, tuple[str, str]] = {
    ReviewOutcome.CONFIRMED_SPOOF: ("Confirmed spoof", "确认伪造"),
    ReviewOutcome.BONA_FIDE: ("Bona fide", "真实"),
    ReviewOutcome.IMPERSONATION: ("Impersonation", "冒充"),
    ReviewOutcome.CANNOT_TELL: ("Cannot tell", "无法判断"),
    ReviewOutcome.NEEDS_SECOND_OPINION: ("Needs a second opinion", "需要复核"),
}
_REASONS: Mapping[ReviewReason, tuple[str, str]] = {
    ReviewReason.VOICE_NOT_ANCHORS: ("The voice is not the anchor's", "声音不是主播本人"),
    ReviewReason.VOICE_SYNTHETIC: ("The voice is synthetic", "声音为合成"),
    ReviewReason.FACE_SYNTHETIC: ("Face or mouth were altered or generated", "面部或口型被篡改或生成"),
    ReviewReason.LIPS_DO_NOT_FIT: ("Lips do not follow the voice", "口型与声音不符"),
    ReviewReason.WHOLLY_SYNTHETIC: ("The whole scene is generated", "整个画面为生成"),
    ReviewReason.ORIGINAL_DIFFERS: ("The original says something else", "原片内容不同"),
    ReviewReason.SPLICED: ("Something was spliced in or cut out", "有拼接或删剪"),
    ReviewReason.DECLARED_SYNTHETIC: ("The clip declares itself synthetic", "片段自称为合成内容"),
    ReviewReason.SOURCE_CONFIRMED: ("The outlet or the anchor said so", "媒体或主播已确认"),
    ReviewReason.ORIGINAL_AGREES: ("The original says the same", "与原片一致"),
    ReviewReason.NOTHING_FOUND: ("Looked at and listened to; nothing was found", "已查看并收听,未发现异常"),
    ReviewReason.HARMLESS_EDIT: ("Edited, not to deceive", "无欺骗意图的编辑"),
    ReviewReason.NOT_THE_ANCHOR: ("Not the anchor they are said to be", "并非所称主播"),
    ReviewReason.FALSE_BRANDING: ("Name or logo of an outlet that did not make it", "冒用媒体名称或台标"),
    ReviewReason.FALSE_CONTEXT: ("Real footage under a false title, time or place", "真实素材配虚假标题、时间或地点"),
    ReviewReason.QUALITY_TOO_LOW: ("Picture or sound are too poor", "画质或音质过差"),
    ReviewReason.TOO_SHORT: ("Too little of a face or a voice", "面部或语音过少"),
    ReviewReason.NO_REFERENCE: ("Nothing to compare with", "没有可比对的参考"),
    ReviewReason.CONFLICTING_EVIDENCE: ("The evidence contradicts itself", "证据相互矛盾"),
    ReviewReason.EXPERT_NEEDED: ("Needs an expert", "需要专家"),
    ReviewReason.OTHER: ("Other, see the note", "其他,见备注"),
}


def word(key: str, language: str, **values: object) -> str:
    """One of this module's words; ``values`` fill its gaps."""
    return _WORDS[key][LANGUAGES.index(language)].format(**values)


def decision_words(decision: Decision, language: str) -> str:
    return _DECISIONS[decision][LANGUAGES.index(language)]


def outcome_words(outcome: ReviewOutcome, language: str) -> str:
    return _OUTCOMES[outcome][LANGUAGES.index(language)]


def reason_words(reason: ReviewReason, language: str) -> str:
    return _REASONS[reason][LANGUAGES.index(language)]


def source_words(source: str, language: str) -> str:
    """Who sent a clip; of clients other than the page, as they call themselves."""
    if source.startswith(PAGE_SOURCE):
        return word("by_page", language, account=source.removeprefix(PAGE_SOURCE))
    return source
