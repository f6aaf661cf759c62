//! Within `#[async_trait]`.

use async_trait::async_trait;
use fujita::offload;

#[async_trait]
trait Get {
    async fn awaits(&self) -> u8;
    async fn borrowed(&self, name: &str) -> u8;
    async fn sync_twin(n: u8) -> u8;
}

#[derive(Clone)]
struct Shop(u8);

#[async_trait]
impl Get for Shop {
    #[offload(clone_self)]
    async fn awaits(&self) -> u8 {
        let later = async { std::future::ready(1).await };
        std::future::ready(self.0).await
    }

    #[offload]
    async fn borrowed(&self, name: &str) -> u8 {
        1
    }

    #[offload(keep_sync = twin)]
    async fn sync_twin(n: u8) -> u8 {
        n
    }
}

fn main() {}
