//! What operators take and give.

use super::all_shown;

#[test]
fn operators_take_what_they_take() {
    insta::assert_snapshot!(all_shown(&[
        "'x' + inputs.n",
        "inputs.n + 1.5",
        "inputs.ratio + 1",
        "inputs.ratio * 1.5",
        "inputs.owner + 'x'",
        "inputs.n % 2",
        "-inputs.summary",
        "-inputs.ratio",
        "inputs.logs + ['a']",
        "inputs.logs - ['a']",
        "inputs.n ? 1 : 2",
        "inputs.n && true",
        "!inputs.summary",
        "inputs.n < 1.5",
        "inputs.n < 'a'",
        "inputs.owner < 'a'",
        "inputs.logs < inputs.logs",
        "1 == 'a'",
        "inputs.n == '1'",
        "inputs.n != '1'",
        "inputs.severity == 'hihg'",
        "inputs.severity == 'high'",
        "inputs.severity != 'medium'",
        "inputs.owner == null",
        "inputs.summary == null",
        "inputs.any == 1",
        "inputs.n == 1.0",
        "nodes.find.outcome == 'complete'",
        "'a' in inputs.logs",
        "1 in inputs.logs",
        "'a' in inputs.summary",
        "inputs.severity in ['low', 'hgh']",
        "inputs.severity in ['hgh']",
        "inputs.summary[0]",
        "inputs.logs['a']",
        "inputs.logs[1]",
        "true ? 1 : 'a'",
        "inputs.n in []",
    ]), @r#"
    'x' + inputs.n → any value
        FR0405 ['x' + inputs.n] `+` does not take a string and an integer; write `string(…)` around what is not a string
    inputs.n + 1.5 → any value
        FR0405 [inputs.n + 1.5] `+` cannot mix integers with other numbers; write `double(…)` around the integer
    inputs.ratio + 1 → any value
        FR0405 [inputs.ratio + 1] `+` cannot mix integers with other numbers; write `double(…)` around the integer
    inputs.ratio * 1.5 → a number
    inputs.owner + 'x' → a string
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.n % 2 → an integer
    -inputs.summary → any value
        FR0405 [-inputs.summary] `-` does not take a string
    -inputs.ratio → a number
    inputs.logs + ['a'] → a list
    inputs.logs - ['a'] → any value
        FR0405 [inputs.logs - ['a']] `-` does not take a list and a list
    inputs.n ? 1 : 2 → an integer
        FR0405 [inputs.n] a boolean is needed, found an integer
    inputs.n && true → a boolean
        FR0405 [inputs.n] a boolean is needed, found an integer
    !inputs.summary → a boolean
        FR0405 [inputs.summary] a boolean is needed, found a string
    inputs.n < 1.5 → a boolean
    inputs.n < 'a' → a boolean
        FR0405 [inputs.n < 'a'] `<` does not take an integer and a string
    inputs.owner < 'a' → a boolean
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.logs < inputs.logs → a boolean
        FR0405 [inputs.logs < inputs.logs] `<` does not take a list and a list
    1 == 'a' → a boolean
        FR0411 [1 == 'a'] this is never true: an integer is compared with a string; convert one side, as with `string(…)` or `int(…)`
    inputs.n == '1' → a boolean
        FR0411 [inputs.n == '1'] this is never true: an integer is compared with a string; convert one side, as with `string(…)` or `int(…)`
    inputs.n != '1' → a boolean
        FR0411 warning [inputs.n != '1'] this is always true: an integer is compared with a string; convert one side, as with `string(…)` or `int(…)`
    inputs.severity == 'hihg' → a boolean
        FR0411 [inputs.severity == 'hihg'] this is never true: `hihg` is not a possible value; did you mean `high`?
    inputs.severity == 'high' → a boolean
    inputs.severity != 'medium' → a boolean
        FR0411 warning [inputs.severity != 'medium'] this is always true: `medium` is not a possible value; it is one of `high`, `low`
    inputs.owner == null → a boolean
    inputs.summary == null → a boolean
    inputs.any == 1 → a boolean
    inputs.n == 1.0 → a boolean
    nodes.find.outcome == 'complete' → a boolean
        FR0411 [nodes.find.outcome == 'complete'] this is never true: `complete` is not a possible value; did you mean `completed`?
    'a' in inputs.logs → a boolean
    1 in inputs.logs → a boolean
        FR0411 [1 in inputs.logs] this is never true: an integer is compared with a string; convert one side, as with `string(…)` or `int(…)`
    'a' in inputs.summary → a boolean
        FR0405 [inputs.summary] `in` needs a list on its right, found a string; write `text.contains(part)`
    inputs.severity in ['low', 'hgh'] → a boolean
    inputs.severity in ['hgh'] → a boolean
        FR0411 [inputs.severity in ['hgh']] this is never true: `hgh` is not a possible value; did you mean `high`?
    inputs.summary[0] → any value
        FR0405 [inputs.summary[0]] a string cannot be indexed by an integer
    inputs.logs['a'] → any value
        FR0403 ['a'] a list has no fields
    inputs.logs[1] → a string
    true ? 1 : 'a' → an integer or a string
    inputs.n in [] → a boolean
    "#);
}

#[test]
fn what_evaluates_rightly_is_not_refused() {
    insta::assert_snapshot!(all_shown(&[
        "bytes('a') == b'a' && bytes(inputs.summary).size() > 1",
        "b'a' + 'a'",
        "{1: 'a', 2: 'b'}[inputs.n]",
        "{1: 'a', '1': 'b'}",
        "{'a': 1, 'a': 2}",
        "{1: 1, 3: 2}.exists(k, k == inputs.n)",
        "{1: 1}.map(k, k + 1)",
        "{1: 'a'}.a",
        "{[1]: 'a'}",
        "has({'a': 1}.c)",
        "{'a': 1}.?c.orValue(2)",
        "{'a': 1}.c",
        "{'a': 1, ?'b': inputs.?owner}.?b.orValue('x')",
        "type(inputs.n) == int && type(1.0) != int",
        "type(inputs.n) == 'int'",
        "1u + 1",
        "1u + 1u",
        "1u < 2 && 1u == 1",
        "-1u",
        "9223372036854775807 + inputs.n",
        "'a'.matches('(')",
        "'a'.matches('[')",
        "inputs.summary.find('[A-Z]+').size()",
        "matches(inputs.summary, inputs.summary)",
        "inputs.any * 2",
        "2.0 * inputs.any",
        "inputs.any - inputs.any",
        "inputs.any + 'x'",
        "inputs.any + 1",
        "int(inputs.any) * 2",
        "double(inputs.any) * 1.5",
        "inputs.any < 1",
        "math.abs(inputs.any)",
        "inputs.points.map(p, p * 2)",
    ]), @r#"
    bytes('a') == b'a' && bytes(inputs.summary).size() > 1 → a boolean
    b'a' + 'a' → any value
        FR0405 [b'a' + 'a'] `+` does not take bytes and a string; write `string(…)` around what is not a string
    {1: 'a', 2: 'b'}[inputs.n] → a string
    {1: 'a', '1': 'b'} → a map
        FR0405 ['1'] two keys are both called `1` in JSON
    {'a': 1, 'a': 2} → a map
        FR0405 ['a'] the key `a` is written twice
    {1: 1, 3: 2}.exists(k, k == inputs.n) → a boolean
    {1: 1}.map(k, k + 1) → a list
    {1: 'a'}.a → any value
        FR0403 [a] no such field: `a`; the keys are not strings
    {[1]: 'a'} → a map
        FR0405 [[1]] a list cannot be the key of a map
    has({'a': 1}.c) → a boolean
    {'a': 1}.?c.orValue(2) → an integer
    {'a': 1}.c → any value
        FR0403 [c] no such field: `c`; did you mean `a`?
    {'a': 1, ?'b': inputs.?owner}.?b.orValue('x') → a string
    type(inputs.n) == int && type(1.0) != int → a boolean
    type(inputs.n) == 'int' → a boolean
        FR0411 [type(inputs.n) == 'int'] this is never true: a type is compared with a string; convert one side, as with `string(…)` or `int(…)`
    1u + 1 → any value
        FR0405 [1u + 1] `+` does not take an unsigned integer and an integer
    1u + 1u → an unsigned integer
    1u < 2 && 1u == 1 → a boolean
    -1u → any value
        FR0405 [-1u] `-` does not take an unsigned integer
    9223372036854775807 + inputs.n → an integer
    'a'.matches('(') → a boolean
        FR0405 ['('] `matches()`: the pattern is not a regular expression, or too large
    'a'.matches('[') → a boolean
        FR0405 ['['] `matches()`: the pattern is not a regular expression, or too large
    inputs.summary.find('[A-Z]+').size() → an integer
    matches(inputs.summary, inputs.summary) → a boolean
    inputs.any * 2 → any value
        FR0405 [inputs.any] no type is declared of `inputs.any`: it may be an integer or another; write `double(inputs.any)` or `int(inputs.any)`
    2.0 * inputs.any → any value
        FR0405 [inputs.any] no type is declared of `inputs.any`: it may be an integer or another; write `double(inputs.any)` or `int(inputs.any)`
    inputs.any - inputs.any → any value
        FR0405 [inputs.any] no type is declared of `inputs.any`: it may be an integer or another; write `double(inputs.any)` or `int(inputs.any)`
    inputs.any + 'x' → any value
    inputs.any + 1 → any value
        FR0405 [inputs.any] no type is declared of `inputs.any`: it may be an integer or another; write `double(inputs.any)` or `int(inputs.any)`
    int(inputs.any) * 2 → an integer
    double(inputs.any) * 1.5 → a number
    inputs.any < 1 → a boolean
    math.abs(inputs.any) → a number
    inputs.points.map(p, p * 2) → a list
        FR0405 [p] no type is declared of `p`: it may be an integer or another; write `double(p)` or `int(p)`
    "#);
}
