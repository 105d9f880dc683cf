//! What makes a signature last: timestamps and revocation lists.

use crate::openapi::{Answer, Body, Operation, Who};

pub(super) const ALL: &[Operation] = &[
    Operation {
        method: "post",
        path: "/v1/timestamp",
        summary: "Makes a timestamp (RFC 3161), at a training portal",
        who: Who::Device,
        body: Body::Bytes("application/timestamp-query"),
        parameters: &[],
        answers: &[(200, Answer::Bytes("application/timestamp-reply"), &[])],
        problems: &[],
    },
    Operation {
        method: "get",
        path: "/v1/revocation-lists/{k}",
        summary: "Gives a revocation list of a signers' authority",
        who: Who::Device,
        body: Body::None,
        parameters: &["If-None-Match", "Range", "If-Range"],
        answers: &[
            (200, Answer::Bytes("application/pkix-crl"), &["ETag"]),
            (
                206,
                Answer::Bytes("application/pkix-crl"),
                &["ETag", "Content-Range"],
            ),
            (304, Answer::Empty, &["ETag"]),
            (416, Answer::Empty, &["Content-Range"]),
        ],
        problems: &[],
    },
];
