//! What an expansion says of its function.

use std::sync::OnceLock;
use std::time::Duration;

use super::builder;
use super::limit::Limit;
use super::pool::Core;
use crate::site::Site;

/// Where a body runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Blocking,
    Cpu,
    InPlace,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Cpu => "cpu",
            Self::InPlace => "in_place",
        }
    }
}

/// The names of the pools that need not be set up.
pub(super) const BLOCKING: &str = "blocking";
pub(super) const CPU: &str = "cpu";
/// Bodies that stay where they are have the name of a pool, too.
pub(super) const IN_PLACE: &str = "in_place";

/// What becomes of a call for which there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnFull {
    Wait,
    Reject,
    CallerRuns,
}

/// One static stands in every offloaded function.
#[derive(Debug)]
pub struct Offload {
    pub(super) site: &'static Site,
    pub(super) kind: Kind,
    pub(super) pool: Option<&'static str>,
    /// The kind was written beside the pool.
    pub(super) of_kind: bool,
    label: Option<&'static str>,
    pub(super) max_concurrent: Option<usize>,
    pub(super) on_full: OnFull,
    pub(super) detaches: bool,
    pub(super) queue_timeout: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    limit: OnceLock<Limit>,
    /// Found at the first call.
    found: OnceLock<&'static Core>,
}

impl Offload {
    #[must_use]
    pub const fn new(site: &'static Site, kind: Kind) -> Self {
        Self {
            site,
            kind,
            pool: None,
            of_kind: false,
            label: None,
            max_concurrent: None,
            on_full: OnFull::Wait,
            detaches: false,
            queue_timeout: None,
            timeout: None,
            limit: OnceLock::new(),
            found: OnceLock::new(),
        }
    }

    /// The label `function` of its metrics.
    pub(super) fn function(&'static self) -> &'static str {
        self.label.unwrap_or_else(|| self.site.function())
    }

    pub(super) fn pool_name(&self) -> &'static str {
        self.pool.unwrap_or(match self.kind {
            Kind::Blocking => BLOCKING,
            Kind::Cpu => CPU,
            Kind::InPlace => IN_PLACE,
        })
    }

    /// # Panics
    /// If there is no such pool.
    pub(super) fn core(&'static self) -> &'static Core {
        self.found.get_or_init(|| {
            let core = builder::find(self.pool_name())
                .unwrap_or_else(|error| panic!("`{}` cannot run: {error}", self.site.path()));
            assert!(
                self.pool.is_some() && !self.of_kind || core.kind() == self.kind,
                "`{}` cannot run: it says `{}`, and the pool `{}` is for `{}`",
                self.site.path(),
                self.kind.as_str(),
                core.name(),
                core.kind().as_str(),
            );
            if let Some((limit, _)) = self.limit() {
                core.know(limit);
            }
            core
        })
    }

    pub(super) fn limit(&'static self) -> Option<(&'static Limit, usize)> {
        self.max_concurrent.map(|most| (self.limit.get_or_init(Limit::default), most))
    }

    #[must_use]
    pub const fn pool(mut self, name: &'static str) -> Self {
        self.pool = Some(name);
        self
    }

    #[must_use]
    pub const fn of_kind(mut self) -> Self {
        self.of_kind = true;
        self
    }

    #[must_use]
    pub const fn label(mut self, function: &'static str) -> Self {
        self.label = Some(function);
        self
    }

    #[must_use]
    pub const fn max_concurrent(mut self, most: usize) -> Self {
        self.max_concurrent = Some(most);
        self
    }

    #[must_use]
    pub const fn reject(mut self) -> Self {
        self.on_full = OnFull::Reject;
        self
    }

    #[must_use]
    pub const fn caller_runs(mut self) -> Self {
        self.on_full = OnFull::CallerRuns;
        self
    }

    #[must_use]
    pub const fn detach(mut self) -> Self {
        self.detaches = true;
        self
    }

    #[must_use]
    pub const fn queue_timeout(mut self, nanos: u64) -> Self {
        self.queue_timeout = Some(Duration::from_nanos(nanos));
        self
    }

    #[must_use]
    pub const fn timeout(mut self, nanos: u64) -> Self {
        self.timeout = Some(Duration::from_nanos(nanos));
        self
    }
}
