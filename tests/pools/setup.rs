use fujita::offload;
use fujita::offload::{Pool, PoolError, pools};

#[test]
fn a_pool_has_what_it_was_given() {
    let pool = Pool::builder("given").threads(4).queue_capacity(256).thread_name("img").install().unwrap();
    assert_eq!((pool.name(), pool.threads(), pool.queue_capacity()), ("given", 4, 256));
    assert_eq!((pool.active(), pool.queue_depth()), (0, 0));
    let default = Pool::builder("by default").threads(3).install().unwrap();
    assert_eq!(default.queue_capacity(), 3 * 64);
    assert!(pools().iter().any(|pool| pool.name() == "given"));
    assert_eq!(Pool::get("given").map(|pool| pool.threads()), Some(4));
    assert!(Pool::get("nobody").is_none());
}

#[test]
fn a_cpu_pool_has_threads_of_its_own_under_its_name() {
    #[offload(pool = "crunching")]
    fn name() -> String {
        std::thread::current().name().unwrap_or_default().to_owned()
    }

    Pool::builder("crunching").cpu().threads(2).thread_name("crunch").install().unwrap();
    let name = futures::executor::block_on(name());
    assert!(["crunch-0", "crunch-1"].contains(&name.as_str()), "{name}");
}

#[test]
fn what_cannot_be_is_said() {
    Pool::builder("twice").threads(1).install().unwrap();
    let error = Pool::builder("twice").threads(2).install().unwrap_err();
    assert!(matches!(&error, PoolError::NameTaken(name) if name == "twice"));
    assert_eq!(error.to_string(), "there is a pool `twice` already: set it up once, before its first use");
    // So that `main` can return it.
    assert_eq!(format!("{error:?}"), error.to_string());

    let error = Pool::builder("empty").threads(0).install().unwrap_err();
    assert!(matches!(error, PoolError::NoThreads(_)));
    let error = Pool::builder("empty cpu").cpu().threads(0).install().unwrap_err();
    assert!(matches!(error, PoolError::NoThreads(_)));
    assert!(matches!(Pool::builder(" ").install().unwrap_err(), PoolError::NoName));
    assert!(matches!(Pool::builder("cpu").install().unwrap_err(), PoolError::Reserved(_)));
    assert!(matches!(Pool::builder("blocking").cpu().install().unwrap_err(), PoolError::Reserved(_)));
    let error = Pool::builder("null").cpu().thread_name("a\0b").install().unwrap_err();
    assert!(matches!(error, PoolError::Spawn(name, _) if name == "null"));
    // What failed has not taken the name.
    Pool::builder("empty").threads(1).install().unwrap();
}

#[test]
fn an_unknown_pool_is_an_error_that_lists_the_known() {
    #[offload(pool = "imagse")]
    fn call() {}

    Pool::builder("images").threads(1).install().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(call())));
    let panic = panic.unwrap_err();
    let said = panic.downcast_ref::<String>().unwrap();
    for word in ["`imagse`", "`images`", "`blocking`", "`cpu`", "Pool::builder"] {
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn a_pool_of_another_kind_is_an_error() {
    #[offload(cpu, pool = "not for that")]
    fn call() {}

    Pool::builder("not for that").threads(1).install().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(call())));
    let panic = panic.unwrap_err();
    let said = panic.downcast_ref::<String>().unwrap();
    assert!(said.contains("it says `cpu`") && said.contains("is for `blocking`"), "{said}");
}

#[test]
fn the_pools_that_every_program_has_come_up_when_used() {
    #[offload]
    fn blocking() {}
    #[offload(cpu)]
    fn cpu() {}

    let cores = std::thread::available_parallelism().unwrap().get();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        blocking().await;
        cpu().await;
    });
    assert_eq!(Pool::get("cpu").unwrap().threads(), cores);
    assert_eq!(Pool::get("blocking").unwrap().threads(), (32 * cores).min(256));
    assert!(matches!(Pool::builder("blocking").install().unwrap_err(), PoolError::NameTaken(_)));
}
