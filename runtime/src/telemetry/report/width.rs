//! How many columns of a terminal a text takes: near enough for a table, without a crate for it in everybody's build.

/// Two columns, by blocks of what Unicode's annex 11 calls wide.
const WIDE: [(u32, u32); 14] = [
    (0x1100, 0x115f),
    (0x2e80, 0x303e),
    (0x3041, 0xa4cf),
    (0xa960, 0xa97c),
    (0xac00, 0xd7a3),
    (0xf900, 0xfaff),
    (0xfe10, 0xfe19),
    (0xfe30, 0xfe6f),
    (0xff01, 0xff60),
    (0xffe0, 0xffe6),
    (0x1_f300, 0x1_f64f),
    (0x1_f680, 0x1_f6ff),
    (0x1_f900, 0x1_f9ff),
    (0x2_0000, 0x3_fffd),
];

/// None: marks on the letter before, what joins or selects, and the later parts of a Korean syllable.
const NONE: [(u32, u32); 9] = [
    (0x0300, 0x036f),
    (0x1160, 0x11ff),
    (0x1ab0, 0x1aff),
    (0x1dc0, 0x1dff),
    (0x200b, 0x200f),
    (0x20d0, 0x20ff),
    (0xfe00, 0xfe0f),
    (0xfe20, 0xfe2f),
    (0xe_0100, 0xe_01ef),
];

pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(c: char) -> usize {
    let is_in =
        |blocks: &[(u32, u32)]| blocks.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)));
    match c {
        '\0'..'\u{300}' => 1,
        _ if is_in(&WIDE) => 2,
        _ => usize::from(!is_in(&NONE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_one_column_or_two_or_share_one() {
        for (text, expected) in [
            ("", 0),
            ("shop::search", 12),
            ("größe", 5),
            ("gro\u{308}ße", 5),
            ("検索", 4),
            ("検索する", 8),
            ("ｶﾅ", 2),
            ("ＡＢ", 4),
            ("검색", 4),
            ("поиск", 5),
            ("𠀀", 2),
            ("🌪", 2),
            ("a\u{200d}b", 2),
        ] {
            assert_eq!(columns(text), expected, "{text}");
        }
    }
}
