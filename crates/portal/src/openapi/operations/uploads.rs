//! Bytes: tus.

use hoso_portal_api::problem::Kind;

use crate::openapi::{Answer, Body, Operation, Who};

pub(super) const ALL: &[Operation] = &[
    Operation {
        method: "post",
        path: "/v1/uploads",
        summary: "Gets or creates an upload, perhaps with its first bytes (tus)",
        who: Who::Device,
        body: Body::MaybeUpload,
        parameters: &[
            "Tus-Resumable",
            "Upload-Length",
            "Upload-Metadata",
            "Upload-Checksum",
        ],
        answers: &[
            (
                201,
                Answer::Empty,
                &[
                    "Location",
                    "Tus-Resumable",
                    "Upload-Offset",
                    "Upload-Expires",
                ],
            ),
            (
                200,
                Answer::Empty,
                &[
                    "Location",
                    "Tus-Resumable",
                    "Upload-Offset",
                    "Upload-Expires",
                ],
            ),
        ],
        problems: &[Kind::DigestMismatch, Kind::UploadGone],
    },
    Operation {
        method: "options",
        path: "/v1/uploads",
        summary: "Says what of tus is spoken",
        who: Who::Anyone,
        body: Body::None,
        parameters: &[],
        answers: &[(
            204,
            Answer::Empty,
            &[
                "Tus-Resumable",
                "Tus-Version",
                "Tus-Extension",
                "Tus-Max-Size",
                "Tus-Checksum-Algorithm",
            ],
        )],
        problems: &[],
    },
    Operation {
        method: "head",
        path: "/v1/uploads/{id}",
        summary: "Ends a dead writer and says where the upload stands",
        who: Who::Device,
        body: Body::None,
        parameters: &["Tus-Resumable"],
        answers: &[(
            200,
            Answer::Empty,
            &[
                "Tus-Resumable",
                "Upload-Offset",
                "Upload-Length",
                "Upload-Expires",
            ],
        )],
        problems: &[Kind::Forbidden, Kind::UploadGone, Kind::DigestMismatch],
    },
    Operation {
        method: "patch",
        path: "/v1/uploads/{id}",
        summary: "Appends bytes (tus)",
        who: Who::Device,
        body: Body::Upload,
        parameters: &["Tus-Resumable", "Upload-Offset", "Upload-Checksum"],
        answers: &[(
            204,
            Answer::Empty,
            &["Tus-Resumable", "Upload-Offset", "Upload-Expires"],
        )],
        problems: &[
            Kind::Forbidden,
            Kind::UploadGone,
            Kind::OffsetMismatch,
            Kind::DigestMismatch,
        ],
    },
    Operation {
        method: "delete",
        path: "/v1/uploads/{id}",
        summary: "Takes an unfinished upload back (tus)",
        who: Who::Device,
        body: Body::None,
        parameters: &["Tus-Resumable"],
        answers: &[(204, Answer::Empty, &["Tus-Resumable"])],
        problems: &[Kind::Forbidden, Kind::UploadGone, Kind::DigestMismatch],
    },
    Operation {
        method: "options",
        path: "/v1/uploads/{id}",
        summary: "Says what of tus is spoken",
        who: Who::Anyone,
        body: Body::None,
        parameters: &[],
        answers: &[(
            204,
            Answer::Empty,
            &[
                "Tus-Resumable",
                "Tus-Version",
                "Tus-Extension",
                "Tus-Max-Size",
                "Tus-Checksum-Algorithm",
            ],
        )],
        problems: &[],
    },
];
