//! A `Result` behind an associated type: what it is, the type says, not the spelling.

use fujita::timed;

use crate::support::{block_on, later, recorded};

trait Answers {
    type Answer;
    fn answer(&self, yes: bool) -> Self::Answer;
    async fn answer_async(&self, yes: bool) -> Self::Answer;
}

impl Answers for u32 {
    type Answer = Result<u32, u32>;

    #[timed]
    fn answer(&self, yes: bool) -> Self::Answer {
        if yes { Ok(*self) } else { Err(*self) }
    }

    #[timed]
    async fn answer_async(&self, yes: bool) -> Self::Answer {
        later().await;
        if yes { Ok(*self) } else { Err(*self) }
    }
}

#[timed]
fn answer_of<A: Answers<Answer = Result<u32, u32>>>(of: A) -> A::Answer {
    of.answer(true)
}

#[test]
fn results_behind_associated_types() {
    assert_eq!(ok!("u32::answer", 1_u32.answer(true)), Ok(1));
    assert_eq!(error!("u32::answer", 1_u32.answer(false)), Err(1));
    assert_eq!(ok!("u32::answer_async", block_on(1_u32.answer_async(true))), Ok(1));
    assert_eq!(error!("u32::answer_async", block_on(1_u32.answer_async(false))), Err(1));
    let both = [("answer_of", "ok", 1), ("u32::answer", "ok", 1)];
    assert_eq!(recorded(module_path!(), &both, || answer_of(1)), Ok(1));
}
