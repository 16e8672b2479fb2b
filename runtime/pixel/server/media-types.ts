export const JSON_TYPE = "application/json; charset=utf-8";
/** The text format that every Prometheus reads. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
