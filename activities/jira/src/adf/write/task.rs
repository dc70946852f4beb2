//! Task lists: `- [x] done`. ADF has them where every item is one line of text and lists in it are task lists too;
//! other tasks are items that begin with `[x]`.

use serde_json::{Value, json};

use super::block::{children, kind_of, node, one};

/// How Markdown marks a task.
pub(super) fn marker(is_done: bool) -> &'static str {
    if is_done { "[x] " } else { "[ ] " }
}

/// What the items of a list become that has no numbers.
pub(super) fn list(items: Vec<Value>) -> Vec<Value> {
    if items.is_empty() || !items.iter().all(is_task) {
        return one(!items.is_empty(), || node("bulletList", items.into_iter().map(plain).collect()));
    }
    let tasks = items.into_iter().flat_map(|mut item| {
        let state = item["done"].take();
        let mut content = children(item).into_iter();
        let text = content.next().map(children).unwrap_or_default();
        let state = if state == true { "DONE" } else { "TODO" };
        let task = json!({ "type": "taskItem", "attrs": { "state": state }, "content": text });
        std::iter::once(task).chain(content)
    });
    vec![node("taskList", tasks.collect())]
}

/// An item of a list that is not a task list: its mark is text.
pub(super) fn plain(mut item: Value) -> Value {
    let Some(Value::Bool(is_done)) = item.as_object_mut().and_then(|item| item.remove("done")) else { return item };
    if let Some(Value::Array(content)) = item.get_mut("content") {
        begin(content, marker(is_done));
    }
    item
}

/// A task list as a list, for where ADF has no task lists.
pub(super) fn as_list(tasks: Value) -> Value {
    let mut items: Vec<Value> = Vec::new();
    for task in children(tasks) {
        if kind_of(Some(&task)) == "taskList" {
            if let Some(Value::Array(content)) = items.last_mut().and_then(|item| item.get_mut("content")) {
                content.push(as_list(task));
            }
            continue;
        }
        let is_done = task["attrs"]["state"] == "DONE";
        let mut content = vec![node("paragraph", children(task))];
        begin(&mut content, marker(is_done));
        items.push(node("listItem", content));
    }
    node("bulletList", items)
}

/// Begins blocks with a text.
pub(super) fn begin(blocks: &mut Vec<Value>, text: &str) {
    if kind_of(blocks.first()) != "paragraph" {
        blocks.insert(0, node("paragraph", Vec::new()));
    }
    let Some(Value::Array(content)) = blocks.first_mut().and_then(|paragraph| paragraph.get_mut("content")) else {
        return;
    };
    match content.first_mut().filter(|first| first.get("marks").is_none()).and_then(|first| first.get_mut("text")) {
        Some(Value::String(first)) => first.insert_str(0, text),
        _ => content.insert(0, json!({ "type": "text", "text": text })),
    }
}

/// Gives each task and list of tasks the id that ADF asks for. They count, so that the same text is the same document.
pub(super) fn number(document: &mut Value) {
    fn walk(node: &mut Value, last: &mut usize) {
        if matches!(kind_of(Some(node)), "taskList" | "taskItem") {
            *last += 1;
            node["attrs"]["localId"] = last.to_string().into();
        }
        for child in node.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
            walk(child, last);
        }
    }
    walk(document, &mut 0);
}

fn is_task(item: &Value) -> bool {
    let content = item["content"].as_array().map_or(&[][..], Vec::as_slice);
    let rest_is_tasks = content.iter().skip(1).all(|block| block["type"] == "taskList");
    item["done"].is_boolean() && kind_of(content.first()) == "paragraph" && rest_is_tasks
}
