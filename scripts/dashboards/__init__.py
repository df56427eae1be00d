"""Grafana's dashboards as short descriptions: ``python -m scripts.dashboards`` writes config/grafana/dashboards."""
