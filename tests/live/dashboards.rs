//! What is shipped in `runtime/dashboards`, on the servers that it is for.

use fujita_tests::codesearch::Server;

use crate::servers::Prometheus;

#[test]
fn a_real_prometheus_scrapes_codesearch() {
    let server = Server::start();
    server.get("/search?q=needle");
    let prometheus = Prometheus::scraping(&[("codesearch", server.address)]);
    let calls = prometheus.query(r#"function_duration_seconds_count{function="search"}"#);
    assert!(calls.iter().any(|sample| sample.value > 0.0), "{calls:?}");
}
