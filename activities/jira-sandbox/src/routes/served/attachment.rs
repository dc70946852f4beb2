//! Attachments.

use crate::{
    operation::attachment,
    routes::{
        Handler::{Read, Upload, Write},
        Operation,
    },
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "addAttachment",
            method: "POST",
            path: "/rest/api/3/issue/{issueIdOrKey}/attachments",
            classic: &["write:jira-work"],
            granular: &["read:user:jira", "write:attachment:jira", "read:attachment:jira", "read:avatar:jira"],
        },
        handler: Upload { admit: attachment::admit, add: attachment::add },
    },
    Operation {
        facts: ServedOperation {
            id: "getAttachment",
            method: "GET",
            path: "/rest/api/3/attachment/{id}",
            classic: &["read:jira-work"],
            granular: &[
                "read:attachment:jira",
                "read:user:jira",
                "read:application-role:jira",
                "read:avatar:jira",
                "read:group:jira",
            ],
        },
        handler: Read(attachment::get),
    },
    Operation {
        facts: ServedOperation {
            id: "getAttachmentContent",
            method: "GET",
            path: "/rest/api/3/attachment/content/{id}",
            classic: &["read:jira-work"],
            granular: &["read:attachment:jira"],
        },
        handler: Read(attachment::content),
    },
    Operation {
        facts: ServedOperation {
            id: "getAttachmentMeta",
            method: "GET",
            path: "/rest/api/3/attachment/meta",
            classic: &["read:jira-work"],
            granular: &["read:instance-configuration:jira"],
        },
        handler: Read(attachment::meta),
    },
    Operation {
        facts: ServedOperation {
            id: "removeAttachment",
            method: "DELETE",
            path: "/rest/api/3/attachment/{id}",
            classic: &["write:jira-work"],
            granular: &["delete:attachment:jira"],
        },
        handler: Write(attachment::remove),
    },
];
