//! First contact, devices of a unit, blocks of voucher numbers.

use hoso_portal_api::problem::Kind;

use crate::openapi::{Answer, Body, Operation, Who};

pub(super) const ALL: &[Operation] = &[
    Operation {
        method: "get",
        path: "/v1/hello",
        summary: "Tells the portal from a captive one",
        who: Who::Anyone,
        body: Body::None,
        parameters: &[],
        answers: &[(200, Answer::Text, &[])],
        problems: &[],
    },
    Operation {
        method: "post",
        path: "/v1/devices",
        summary: "Enrols a device by a one-time code",
        who: Who::Anyone,
        body: Body::Json("Enrol"),
        parameters: &[],
        answers: &[
            (201, Answer::Json("Enrolled"), &[]),
            (200, Answer::Json("Enrolled"), &[]),
        ],
        problems: &[Kind::EnrolmentRefused],
    },
    Operation {
        method: "get",
        path: "/v1/devices",
        summary: "Lists the unit's devices",
        who: Who::Device,
        body: Body::None,
        parameters: &[],
        answers: &[(200, Answer::List("DeviceFile"), &[])],
        problems: &[],
    },
    Operation {
        method: "post",
        path: "/v1/devices/signed",
        summary: "Enrols a device by the account owner's signature",
        who: Who::Anyone,
        body: Body::Json("EnrolSigned"),
        parameters: &[],
        answers: &[
            (201, Answer::Json("Enrolled"), &[]),
            (200, Answer::Json("Enrolled"), &[]),
        ],
        problems: &[
            Kind::EnrolmentRefused,
            Kind::SignatureInvalid,
            Kind::SignerRefused,
        ],
    },
    Operation {
        method: "post",
        path: "/v1/devices/successor",
        summary: "Enrols a device's successor and revokes the device",
        who: Who::Device,
        body: Body::Json("Succession"),
        parameters: &[],
        answers: &[
            (201, Answer::Json("Enrolled"), &[]),
            (200, Answer::Json("Enrolled"), &[]),
        ],
        problems: &[Kind::EnrolmentRefused],
    },
    Operation {
        method: "put",
        path: "/v1/devices/{id}/revocation",
        summary: "Revokes a device of the unit",
        who: Who::Device,
        body: Body::Json("Revocation"),
        parameters: &[],
        answers: &[(200, Answer::Json("DeviceFile"), &[])],
        problems: &[],
    },
    Operation {
        method: "post",
        path: "/v1/number-blocks",
        summary: "Gives a block of voucher numbers",
        who: Who::Device,
        body: Body::Json("AskNumbers"),
        parameters: &[],
        answers: &[
            (201, Answer::Json("NumberBlock"), &[]),
            (200, Answer::Json("NumberBlock"), &[]),
        ],
        problems: &[Kind::WrongState],
    },
];
