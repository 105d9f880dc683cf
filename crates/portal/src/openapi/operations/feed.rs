//! What the treasury says, and the files it names.

use hoso_portal_api::problem::Kind;

use crate::openapi::{Answer, Body, Operation, Who};

pub(super) const ALL: &[Operation] = &[
    Operation {
        method: "get",
        path: "/v1/changes",
        summary: "Reads the feed",
        who: Who::Device,
        body: Body::None,
        parameters: &["cursor", "limit", "wait"],
        answers: &[(200, Answer::Json("Changes"), &[])],
        problems: &[Kind::CursorGone],
    },
    Operation {
        method: "get",
        path: "/v1/snapshot",
        summary: "Reads the state of everything",
        who: Who::Device,
        body: Body::None,
        parameters: &["page", "limit"],
        answers: &[(200, Answer::Json("Snapshot"), &[])],
        problems: &[Kind::CursorGone],
    },
    Operation {
        method: "get",
        path: "/v1/documents/{id}",
        summary: "Gives a result document",
        who: Who::Device,
        body: Body::None,
        parameters: &["Range", "If-Range", "If-None-Match"],
        answers: &[
            (
                200,
                Answer::Bytes("application/vnd.etsi.asic-e+zip"),
                &["ETag", "Accept-Ranges"],
            ),
            (
                206,
                Answer::Bytes("application/vnd.etsi.asic-e+zip"),
                &["ETag", "Content-Range"],
            ),
            (304, Answer::Empty, &["ETag"]),
            (416, Answer::Empty, &["Content-Range"]),
        ],
        problems: &[Kind::Forbidden],
    },
    Operation {
        method: "get",
        path: "/v1/packs/{sha256}",
        summary: "Gives a data pack the feed told of",
        who: Who::Device,
        body: Body::None,
        parameters: &["Range", "If-Range", "If-None-Match"],
        answers: &[
            (
                200,
                Answer::Bytes("application/json"),
                &["ETag", "Accept-Ranges"],
            ),
            (
                206,
                Answer::Bytes("application/json"),
                &["ETag", "Content-Range"],
            ),
            (304, Answer::Empty, &["ETag"]),
            (416, Answer::Empty, &["Content-Range"]),
        ],
        problems: &[],
    },
];
