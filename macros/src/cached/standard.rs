//! What of the standard library is known by heart: the types that its methods return, where that needs no inference.

use proc_macro2::{Ident, Span};
use syn::{PathArguments, Type, TypePath, TypeReference, parse_quote};

use super::part::named;
use crate::returns::{arguments_of, ungrouped};

const INTEGERS: [&str; 12] =
    ["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];

/// The name of a primitive type.
pub(super) fn word(of: &Type) -> Option<&'static str> {
    const OTHERS: [&str; 4] = ["bool", "char", "f32", "f64"];
    let Type::Path(TypePath { qself: None, path, .. }) = ungrouped(of) else { return None };
    let last = path.segments.last()?;
    let is_primitive = match path.segments.len() {
        1 => true,
        3 => path.segments.iter().nth(1).is_some_and(|module| module.ident == "primitive"),
        _ => false,
    };
    INTEGERS.iter().chain(&OTHERS).copied().find(|name| is_primitive && last.ident == name)
}

pub(super) fn is_integer(word: &str) -> bool {
    INTEGERS.contains(&word)
}

pub(super) fn primitive(name: &str) -> Type {
    let name = Ident::new(name, Span::mixed_site());
    parse_quote! { ::core::primitive::#name }
}

pub(super) fn string() -> Type {
    parse_quote! { ::std::string::String }
}

pub(super) fn reference(of: &Type) -> Type {
    let mut reference: TypeReference = parse_quote! { &() };
    *reference.elem = of.clone();
    Type::Reference(reference)
}

/// As it is written, but for lifetimes of references: they do not tell types apart here.
pub(super) fn plain(of: &Type) -> Type {
    match ungrouped(of) {
        Type::Reference(of) if of.mutability.is_none() => reference(&plain(&of.elem)),
        of => of.clone(),
    }
}

pub(super) fn optional(of: &Type) -> Type {
    parse_quote! { ::core::option::Option<#of> }
}

/// The name of a type of the standard library, as far as its path tells: `Vec<T>`, `std::vec::Vec<T>`.
fn name(of: &Type) -> Option<(String, &TypePath)> {
    let Type::Path(path) = ungrouped(of) else { return None };
    let (first, last) = (path.path.segments.first()?, path.path.segments.last()?);
    let is_standard =
        path.path.segments.len() == 1 || ["alloc", "core", "std"].iter().any(|name| first.ident == name);
    (path.qself.is_none() && is_standard).then(|| (last.ident.to_string(), path))
}

fn is(of: &Type, names: &[&str]) -> bool {
    name(of).is_some_and(|(name, _)| names.contains(&&*name))
}

/// As [`is`], for types without parameters.
fn is_plain(of: &Type, names: &[&str]) -> bool {
    let has_none = |path: &TypePath| path.path.segments.iter().all(|segment| segment.arguments.is_none());
    name(of).is_some_and(|(name, path)| names.contains(&&*name) && has_none(path))
}

/// `str` or `String`.
pub(super) fn text(of: &Type) -> bool {
    is_plain(of, &["str", "String"])
}

pub(super) fn is_path(of: &Type) -> bool {
    is_plain(of, &["OsStr", "OsString", "Path", "PathBuf"])
}

pub(super) fn is_unsized(of: &Type) -> bool {
    matches!(ungrouped(of), Type::Slice(_)) || is_plain(of, &["OsStr", "Path", "str"])
}

/// What a `Box`, an `Arc` or an `Rc` points to.
pub(super) fn boxed(of: &Type) -> Option<&Type> {
    let Type::Path(path) = ungrouped(of) else { return None };
    name(of).and_then(|(name, _)| {
        ["Arc", "Box", "Rc"].iter().find_map(|boxed| (name == *boxed).then(|| named(path, boxed))?)
    })
}

/// What methods that only look find behind pointers.
pub(super) fn inner(of: &Type) -> &Type {
    let of = ungrouped(of);
    let behind = match of {
        Type::Reference(reference) => Some(&*reference.elem),
        Type::Path(path) => boxed(of).or_else(|| named(path, "Cow")),
        _ => None,
    };
    behind.map_or(of, inner)
}

/// Of a slice, an array or a `Vec`.
pub(super) fn element(of: &Type) -> Option<&Type> {
    match ungrouped(of) {
        Type::Slice(slice) => Some(&slice.elem),
        Type::Array(array) => Some(&array.elem),
        Type::Path(path) if is(of, &["Vec"]) => only_argument(path),
        _ => None,
    }
}

/// A type without a second parameter: `heapless::Vec<T, N>` may be imported, too.
fn only_argument(path: &TypePath) -> Option<&Type> {
    let PathArguments::AngleBracketed(written) = &path.path.segments.last()?.arguments else { return None };
    arguments_of(path).next().filter(|_| written.args.len() == 1)
}

/// What `of[a..b]` is.
pub(super) fn range_of(of: &Type) -> Option<Type> {
    if text(of) {
        return Some(parse_quote! { str });
    }
    let element = element(of)?;
    Some(parse_quote! { [#element] })
}

/// Whether `T::from(x)`, `T::new(…)` and `T::default()` are a `T` that is written out.
pub(super) fn constructed(of: &Type) -> bool {
    word(of).is_some()
        || is_plain(of, &["OsString", "PathBuf", "String"])
        || is(of, &["Arc", "Box", "Rc", "Vec"])
            && matches!(of, Type::Path(path) if only_argument(path).is_some_and(|of| !matches!(of, Type::Infer(_))))
}

/// What operations there are of `wrapping_add` and its like.
const CAREFUL: [&str; 16] = [
    "abs",
    "add",
    "add_signed",
    "add_unsigned",
    "div",
    "div_euclid",
    "mul",
    "neg",
    "pow",
    "rem",
    "rem_euclid",
    "shl",
    "shr",
    "sub",
    "sub_signed",
    "sub_unsigned",
];

/// What a method of a primitive type returns.
pub(super) fn of_primitive(receiver: &Type, method: &str) -> Option<Type> {
    let of = match ungrouped(receiver) {
        Type::Reference(reference) => return of_reference(receiver, &reference.elem, method),
        of => of,
    };
    let name = word(of)?;
    if name == "f32" || name == "f64" {
        return of_float(of, name, method);
    }
    match method {
        "max" | "min" | "clamp" => return Some(of.clone()),
        _ if method.starts_with("is_ascii") && matches!(name, "char" | "u8") => {
            return Some(primitive("bool"));
        }
        "to_ascii_lowercase" | "to_ascii_uppercase" if matches!(name, "char" | "u8") => {
            return Some(of.clone());
        }
        _ => {}
    }
    match name {
        "bool" => None,
        "char" => of_char(method),
        _ => of_integer(of, name, method),
    }
}

/// References to what has an order have one, too, and their `max` is a reference.
fn of_reference(receiver: &Type, behind: &Type, method: &str) -> Option<Type> {
    let is_ordered =
        matches!(method, "max" | "min" | "clamp") && !matches!(word(behind), Some("f32" | "f64"));
    if is_ordered {
        return (word(behind).is_some() || text(behind)).then(|| receiver.clone());
    }
    of_primitive(behind, method)
}

fn of_integer(of: &Type, name: &str, method: &str) -> Option<Type> {
    const SAME: [&str; 15] = [
        "abs",
        "div_ceil",
        "div_euclid",
        "isqrt",
        "next_multiple_of",
        "next_power_of_two",
        "pow",
        "rem_euclid",
        "reverse_bits",
        "rotate_left",
        "rotate_right",
        "signum",
        "swap_bytes",
        "to_be",
        "to_le",
    ];
    const COUNTS: [&str; 9] = [
        "count_ones",
        "count_zeros",
        "ilog",
        "ilog10",
        "ilog2",
        "leading_ones",
        "leading_zeros",
        "trailing_ones",
        "trailing_zeros",
    ];
    match method.split_once('_').filter(|(_, what)| CAREFUL.contains(what)) {
        Some(("saturating" | "wrapping", _)) => return Some(of.clone()),
        Some(("checked", _)) => return Some(optional(of)),
        Some(("overflowing", _)) => {
            let is_over = primitive("bool");
            return Some(parse_quote! { (#of, #is_over) });
        }
        _ => {}
    }
    match method {
        "abs_diff" | "cast_unsigned" | "unsigned_abs" => Some(primitive(&format!("u{}", &name[1..]))),
        "cast_signed" => Some(primitive(&format!("i{}", &name[1..]))),
        "is_negative" | "is_positive" | "is_power_of_two" => Some(primitive("bool")),
        method if COUNTS.contains(&method) => Some(primitive("u32")),
        method => SAME.contains(&method).then(|| of.clone()),
    }
}

fn of_float(of: &Type, name: &str, method: &str) -> Option<Type> {
    const SAME: [&str; 17] = [
        "abs",
        "ceil",
        "clamp",
        "floor",
        "fract",
        "max",
        "min",
        "mul_add",
        "powf",
        "powi",
        "rem_euclid",
        "round",
        "signum",
        "sqrt",
        "to_degrees",
        "to_radians",
        "trunc",
    ];
    match method {
        "to_bits" => Some(primitive(if name == "f32" { "u32" } else { "u64" })),
        "is_finite" | "is_infinite" | "is_nan" | "is_normal" | "is_sign_negative" | "is_sign_positive" => {
            Some(primitive("bool"))
        }
        method => SAME.contains(&method).then(|| of.clone()),
    }
}

fn of_char(method: &str) -> Option<Type> {
    const TESTS: [&str; 8] = [
        "is_alphabetic",
        "is_alphanumeric",
        "is_control",
        "is_digit",
        "is_lowercase",
        "is_numeric",
        "is_uppercase",
        "is_whitespace",
    ];
    match method {
        "len_utf8" | "len_utf16" => Some(primitive("usize")),
        method => TESTS.contains(&method).then(|| primitive("bool")),
    }
}

/// What a method of a type with fields, elements or variants returns.
pub(super) fn returned(receiver: &Type, method: &str) -> Option<Type> {
    let of = inner(receiver);
    let is_list = element(of).is_some();
    let is_set = is(of, &["BTreeSet", "HashSet", "LinkedList", "VecDeque"]);
    let is_map = is(of, &["BTreeMap", "HashMap"]);
    let is_range = is(of, &["Range", "RangeInclusive"]);
    let is_path = is_plain(of, &["Path", "PathBuf"]);
    let has_length =
        text(of) || is_list || is_set || is_map || is(of, &["BinaryHeap", "OsStr", "OsString", "Vec"]);
    let bool_if = |is_so: bool| is_so.then(|| primitive("bool"));
    match method {
        "len" => has_length.then(|| primitive("usize")),
        "is_empty" => bool_if(has_length || is_range),
        "contains" => bool_if(text(of) || is_list || is_set || is_range),
        "contains_key" => bool_if(is_map),
        "starts_with" | "ends_with" => bool_if(text(of) || is_list || is_path),
        "is_none" | "is_none_or" | "is_some" | "is_some_and" => bool_if(is(of, &["Option"])),
        "is_err" | "is_err_and" | "is_ok" | "is_ok_and" => bool_if(is(of, &["Result"])),
        "exists" | "has_root" | "is_absolute" | "is_dir" | "is_file" | "is_relative" => bool_if(is_path),
        "expect" | "unwrap" | "unwrap_or" | "unwrap_or_default" | "unwrap_or_else" => {
            let Type::Path(path) = of else { return None };
            // Through a reference only what is `Copy` comes out, and from a pointer nothing at all.
            only_argument(path).filter(|_| is(of, &["Option"])).map(plain)
        }
        "to_vec" => {
            let element = element(of)?;
            Some(parse_quote! { ::std::vec::Vec<#element> })
        }
        "as_slice" => {
            let element = element(of)?;
            Some(parse_quote! { &[#element] })
        }
        // Its owned form is the same.
        "as_path" | "to_path_buf" if is_plain(of, &["PathBuf"]) => Some(of.clone()),
        "to_path_buf" if is_path => Some(reference(of)),
        _ if text(of) => of_text(method),
        _ => None,
    }
}

fn of_text(method: &str) -> Option<Type> {
    const TEXTS: [&str; 7] = [
        "repeat",
        "replace",
        "replacen",
        "to_ascii_lowercase",
        "to_ascii_uppercase",
        "to_lowercase",
        "to_uppercase",
    ];
    match method {
        "eq_ignore_ascii_case" | "is_ascii" | "is_char_boundary" => Some(primitive("bool")),
        "as_bytes" => {
            let byte = primitive("u8");
            Some(parse_quote! { &[#byte] })
        }
        "as_str" | "trim" | "trim_end" | "trim_end_matches" | "trim_matches" | "trim_start"
        | "trim_start_matches" => Some(parse_quote! { &str }),
        method => TEXTS.contains(&method).then(string),
    }
}
