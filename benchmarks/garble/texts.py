"""What newscasts write on the screen, by language: lines of our own wording, about nobody real."""

from __future__ import annotations

#: Language -> lines. ``tickers`` are what looks least like a language and is none the less real.
LINES: dict[str, tuple[str, ...]] = {
    "en": (
        "Harriet Calloway", "Evening News Anchor", "Chief Political Correspondent", "LIVE FROM GENEVA",
        "Council votes to reopen the old harbour", "Rail strike enters its third week",
        "Storm warning for the northern coast", "BREAKING NEWS", "Weather after the break",
        "Hospital doctors accept pay offer", "Meridian Tonight", "Flood defences hold overnight",
    ),
    "en2": (
        "Desmond Okafor", "Business Editor", "Kestrel World Service", "JUST IN", "Markets close higher",
        "Parliament debates water bill", "Thousands gather in the capital", "Reporting by Priya Venkataraman",
        "Election count continues", "Schools to stay shut on Monday", "Wildfire spreads near Port Adair", "SPORTS DESK",
    ),
    "de": (
        "Die Nachrichten um acht", "Jürgen Weißmüller", "Auslandskorrespondentin", "Streik bei der Bahn geht weiter",
        "Wetter: Schnee in den Bergen", "Bundesrat stimmt über Gesetz ab", "Größte Übung seit Jahren", "EILMELDUNG",
    ),
    "fr": (
        "Journal de vingt heures", "Éloïse Lefèvre", "Envoyée spéciale à Genève", "Grève des transports",
        "La météo de la semaine", "Débat à l'Assemblée", "DERNIÈRE MINUTE", "Les marchés en légère hausse",
    ),
    "es": (
        "Noticias de la noche", "Íñigo Echevarría", "Corresponsal en la capital", "ÚLTIMA HORA", "El tiempo mañana",
        "Huelga en los puertos", "Congreso aprueba el presupuesto", "Lluvias fuertes en el sur",
    ),
    "it": (
        "Il telegiornale della sera", "Chiara Bevilacqua", "Inviato speciale", "Sciopero generale venerdì",
        "Previsioni del tempo", "Il governo approva la legge", "ULTIM'ORA", "Piogge intense al nord",
    ),
    "pl": (
        "Wiadomości wieczorne", "Zbigniew Ścigała", "Korespondent zagraniczny", "Śnieg i mróz na południu",
        "Sejm głosuje nad ustawą", "PILNE", "Strajk kolejarzy trwa", "Źródła: ministerstwo zdrowia",
    ),
    "tr": (
        "Ana haber bülteni", "Gülşah Yıldırım", "Dış haberler muhabiri", "SON DAKİKA", "Meclis bütçeyi görüşüyor",
        "Yarın hava durumu", "Kıyılarda fırtına uyarısı", "Öğretmenler greve çıktı",
    ),
    "id": (
        "Berita malam", "Wahyu Kusumaningrum", "Wartawan istana", "Banjir di pesisir utara", "Harga pangan naik lagi",
        "TERKINI", "Cuaca esok hari", "Warga mengungsi ke sekolah",
    ),
    "sv": (
        "Kvällens nyheter", "Åsa Sjögren", "Utrikeskorrespondent", "Riksdagen röstar om skatten",
        "Snöoväder i fjällen", "Vädret i morgon", "SENASTE NYTT", "Tågen står stilla i Skåne",
    ),
    "tickers": (
        "NDQ 17,204.11 -0.3%", "KSTL 41.20 +2.15", "EUR/USD 1.0841", "BTC 61,204", "XK7Q9 DELAYED", "QTR 3-1 HKG FT",
        "www.kestrel-tv.example", "@mrdn24news #KTVlive", "UTC+8 19:30", "GDP Q3 +4.9% YoY", "WTI 78.12 BRN 82.40",
        "JFK-LHR BA178", "ISO 15022 MT103", "CNY 7.1923", "C-130J / F-16CM", "NR 4711-0815/B",
    ),
    "el": (
        "Βραδινό δελτίο ειδήσεων", "Ελένη Παπαδοπούλου", "Έκτακτη είδηση", "Ο καιρός αύριο", "Απεργία στα λιμάνια",
    ),
    "ru": (
        "Вечерние новости", "Аркадий Синельников", "Специальный корреспондент", "Погода на завтра", "Прямой эфир",
    ),
    "ko": ("저녁 뉴스", "한서윤 기자", "속보", "내일의 날씨", "국회 예산안 통과", "서울 스튜디오"),
    "he": ("תושדח ברע", "ןגדומ רזמ ריוואה", "רושקת בתכ", "יח רודיש"),
    "zh": (
        "林晓峰", "海东电视台 主播", "新闻主持人 欧阳静怡", "本台记者 北京报道", "晚间新闻", "今天下午召开新闻发布会",
        "多地迎来强降雨天气", "高铁新线正式开通运营", "财经评论员", "直播", "专家解读新政策", "请听详细报道",
    ),
    "zh2": (
        "赵国梁", "江城新闻频道", "特约评论员 苏婉清", "现场连线", "我国粮食产量再创新高", "学校周一起恢复上课",
        "沿海地区发布台风预警", "外交部举行例行记者会", "朝闻天下", "独家专访", "市场收盘上涨", "字幕由本台提供",
    ),
    "zh3": (
        "司马青云", "中原电视台", "体育新闻 主播", "城市轨道交通二期工程", "文化遗产保护条例", "民生热线",
        "气象台发布寒潮预警", "春运客流持续攀升", "科技前沿", "聚焦两会", "乡村振兴进行时", "夜间播报",
    ),
    "zh-hant": (
        "晚間新聞報導", "主播 歐陽靜怡", "颱風逼近東部海岸", "記者會現場", "氣象預報", "國際財經",
        "體育焦點", "獨家專訪",
    ),
    "ja": (
        "夜のニュース", "佐々木遥", "気象情報", "速報です", "スタジオから生中継", "国会で予算案が可決", "あすの天気",
        "各地で大雨のおそれ",
    ),
}  # fmt: skip

HAN = ("zh", "zh2", "zh3", "zh-hant", "ja", "ko")
