"""``/metrics``: families built on each scrape from how things stand; only label texts are kept between scrapes."""
