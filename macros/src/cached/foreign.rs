//! Options by the names that other caches give them: the crates `cached` and `memoize`, Spring, Caffeine.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Error, Expr, ExprLit, Lit};

use crate::options::{Argument, Value, ungrouped};
use crate::returns::spelled;

/// For an option that is known elsewhere: what it is here.
pub(super) fn translated(argument: &Argument) -> Option<Error> {
    let written = argument.name.unraw().to_string();
    let name: String = written.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    let is_written = |here: &str| format!("`{written}` is written `{here}` here");
    let message = match name.as_str() {
        "size" | "maxsize" | "maximumsize" | "capacity" => {
            is_written(&format!("max_capacity = {}", value(argument).unwrap_or_else(|| "1_000".into())))
        }
        "maximumweight" => is_written("max_capacity = 64 << 20, weigher = |key, value| value.len() as u32"),
        "unbound" | "unbounded" => is_written("max_capacity = unbounded"),
        "time" | "ttlsecs" | "timetolive" | "lifespan" | "expireafterwrite" => {
            is_written(&format!("ttl = \"{}s\"", seconds(argument).unwrap_or_else(|| "60".into())))
        }
        "ttlmillis" => {
            is_written(&format!("ttl = \"{}ms\"", seconds(argument).unwrap_or_else(|| "500".into())))
        }
        "timerefresh" | "refresh" | "timetoidle" | "expireafteraccess" => {
            is_written("tti = \"60s\"") + ", for entries that expire so long after they were asked for last"
        }
        "refreshafterwrite" => is_written("ttl = \"60s\", stale_while_revalidate = \"10s\""),
        "expireafter" => is_written("expire_after = |key, value| value.lifetime"),
        "convert" => format!(
            "`{written}` is not needed here: `key` takes the expression itself, as in `key = format!(\"{{a}}\")`"
        ),
        "condition" | "unless" => is_written("cache_if = |value| !value.is_empty()"),
        "ignore" => is_written(&format!("skip({})", value(argument).unwrap_or_else(|| "arg".into()))),
        "result" => format!(
            "`{written}` is the default here: an `Err` is not kept\nleave it out; the opposite is `cache_err`"
        ),
        "option" => format!(
            "`{written}` is the default here: a `None` is not kept\nleave it out; the opposite is `cache_none`"
        ),
        "resultfallback" => is_written("ttl = \"60s\", stale_if_error = \"1h\""),
        "sync" | "syncwrites" => format!("`{written}` is always so here, for each key: leave it out"),
        "sharedcache" => format!("`{written}` is always so here, with all threads: leave it out"),
        "withcachedflag" => format!(
            "`{written}` is not needed here: how calls were answered is in the label `cache` of the metrics and in `stats()` of the cache"
        ),
        "customhasher" => is_written("hasher = ahash::RandomState"),
        "ty" | "create" => {
            format!(
                "`{written}` is not needed here: for a cache that you made yourself, write `cache = CACHE`"
            )
        }
        "cachenames" | "cachename" => is_written("name = \"users\""),
        _ => return None,
    };
    Some(Error::new(argument.name.span(), message))
}

/// A text where a key should be: it is the same for every call.
pub(super) fn text_as_key(text: &syn::LitStr, name: &Ident) -> Error {
    let value = text.value();
    let meant = value.trim_start_matches('#');
    let is_expression = meant != value && syn::parse_str::<Expr>(meant).is_ok();
    let instead = if is_expression { meant } else { "(user.id, lang)" };
    Error::new(
        text.span(),
        format!(
            "this text is the same for every call, and so would be their results\n`{name}` takes an expression over the arguments, without quotes and without its type: write `{name} = {instead}`"
        ),
    )
}

fn value(argument: &Argument) -> Option<String> {
    match &argument.value {
        Value::Assigned(value) => Some(spelled(&value.to_token_stream())),
        _ => None,
    }
}

fn seconds(argument: &Argument) -> Option<String> {
    match &argument.value {
        Value::Assigned(value) => match ungrouped(value) {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Some(number.base10_digits().to_owned()),
            _ => None,
        },
        _ => None,
    }
}
