//! Mistakes in the body are reported where they are.

use fujita::offload;

#[offload]
fn wrong_type(n: u8) -> String {
    n
}

#[offload(cpu)]
fn wrong_return(n: u8) -> Result<u8, std::io::Error> {
    if n == 0 {
        return Ok("none");
    }
    Ok(n)
}

#[offload]
fn moved_twice(text: String) -> (String, String) {
    (text, text)
}

#[offload(owned(text))]
fn not_mutable(text: &str) {
    text.push('a');
}

#[derive(Clone)]
struct Shop(u8);

impl Shop {
    #[offload(clone_self)]
    fn no_such_field(&self) -> u8 {
        self.count
    }

    #[offload(clone_self)]
    pub fn assigned(&self) {
        self.0 = 1;
    }
}

trait Get {
    async fn get(&self) -> u8;
}

impl Get for Shop {
    #[offload(clone_self)]
    fn get(&self) -> u8 {
        self.missing()
    }
}

#[offload]
fn awaits() -> u8 {
    std::future::ready(1).await
}

fn main() {}
