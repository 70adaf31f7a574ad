//! The difference of two texts, by lines, for failure messages.

/// The changed lines alone, `-` for what was and `+` for what is; empty when
/// both texts are equal.
pub fn lines(before: &str, after: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    // Longest common subsequence, from the end; snapshots are a few hundred lines.
    let mut common = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[i + 1][j] >= common[i][j + 1]) {
            out.push_str(&format!("- {}\n", a[i]));
            i += 1;
        } else {
            out.push_str(&format!("+ {}\n", b[j]));
            j += 1;
        }
    }
    out
}

/// Fails with the changed lines when the two are not the same byte for byte.
#[track_caller]
pub fn assert_same(what: &str, before: &str, after: &str) {
    assert!(
        before == after,
        "{what} is not what it was (- before, + after):\n{}",
        lines(before, after)
    );
}
