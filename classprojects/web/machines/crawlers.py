"""Crawlers that collect training material for AI (P19), by the names that they go by in robots.txt.

Sources: the operators' own pages; names that are gone do no harm.
"""

AI_CRAWLERS = (
    "AI2Bot", "Ai2Bot-Dolma", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Brightbot", "Bytespider", "CCBot",
    "ChatGPT-User", "Claude-SearchBot", "Claude-User", "Claude-Web", "ClaudeBot", "cohere-ai",
    "cohere-training-data-crawler", "Cotoyogi", "Crawlspace", "DeepSeekBot", "Diffbot", "DuckAssistBot",
    "FacebookBot", "Factset_spyderbot", "FirecrawlAgent", "FriendlyCrawler", "Google-CloudVertexBot",
    "Google-Extended", "GoogleOther", "GoogleOther-Image", "GoogleOther-Video", "GPTBot", "iaskspider/2.0",
    "ICC-Crawler", "ImagesiftBot", "img2dataset", "ISSCyberRiskCrawler", "Kangaroo Bot", "Meta-ExternalAgent",
    "meta-externalagent", "Meta-ExternalFetcher", "meta-externalfetcher", "MistralAI-User", "NovaAct", "OAI-SearchBot",
    "omgili", "omgilibot", "PanguBot", "Perplexity-User", "PerplexityBot", "PetalBot", "Scrapy",
    "SemrushBot-OCOB", "SemrushBot-SWA", "Sidetrade indexer bot", "TikTokSpider", "Timpibot", "VelenPublicWebCrawler",
    "Webzio-Extended", "YandexAdditional", "YouBot",
)  # fmt: skip
