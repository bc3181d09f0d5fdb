use super::*;

fn answer(ours: PerMessageDeflate, lines: &[&str]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(
            SEC_WEBSOCKET_EXTENSIONS,
            HeaderValue::from_str(line).unwrap(),
        );
    }
    let agreement = negotiate(ours, &headers)?;
    Some(agreement.answer.to_str().unwrap().to_owned())
}

const ON: PerMessageDeflate = PerMessageDeflate::ON;

#[test]
fn offers_of_browsers_are_accepted() {
    let browser = "permessage-deflate; client_max_window_bits";
    let sized = ON.compress(Compression::Kb16);
    let dedicated = ON
        .compress(Compression::Dedicated)
        .decompress(Compression::Dedicated);
    let small = ON.decompress(Compression::Kb3);
    for (ours, expected) in [
        (
            ON,
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        ),
        (
            sized,
            "permessage-deflate; client_no_context_takeover; server_max_window_bits=11",
        ),
        (dedicated, "permessage-deflate"),
        (
            small,
            "permessage-deflate; server_no_context_takeover; client_max_window_bits=11",
        ),
    ] {
        assert_eq!(answer(ours, &[browser]).as_deref(), Some(expected));
    }
    assert_eq!(answer(PerMessageDeflate::OFF, &[browser]), None);
}

#[test]
fn rfc7692_7_1_bad_offers_are_declined() {
    for offer in [
        "server_max_window_bits",
        "server_max_window_bits=8",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "server_max_window_bits=+9",
        "server_max_window_bits=10; server_max_window_bits=10",
        "client_max_window_bits=16",
        "client_max_window_bits; client_max_window_bits",
        "server_no_context_takeover=1",
        "client_no_context_takeover; client_no_context_takeover",
        "unknown",
        "unknown=1",
    ] {
        let bad = format!("permessage-deflate; {offer}");
        assert_eq!(answer(ON, &[&bad]), None, "{offer}");
        let second = format!("{bad}, permessage-deflate");
        assert!(answer(ON, &[&second]).is_some(), "{offer}");
        assert!(
            answer(ON, &[&bad, "permessage-deflate"]).is_some(),
            "{offer}"
        );
    }
}

#[test]
fn an_invalid_offer_ends_its_header_line() {
    for line in [
        "permessage-deflate;",
        "permessage-deflate; client_max_window_bits=\"\"",
        "permessage-deflate; =",
        "@, permessage-deflate",
        ";",
        ",,,",
    ] {
        assert_eq!(answer(ON, &[line]), None, "{line}");
        assert!(
            answer(ON, &[line, "permessage-deflate"]).is_some(),
            "{line}"
        );
    }
    for line in [
        ", permessage-deflate ,",
        "x-webkit-deflate-frame, permessage-deflate",
        "foo; a=\"b\\c\"; d ,\tpermessage-deflate ; client_max_window_bits = \"10\"",
    ] {
        assert!(answer(ON, &[line]).is_some(), "{line}");
    }
}

#[test]
fn windows_are_the_smaller_of_both() {
    let ours = ON.compress(Compression::Kb64).decompress(Compression::Kb8);
    for (offer, expected) in [
        (
            "",
            "; client_no_context_takeover; server_max_window_bits=13",
        ),
        (
            "; server_max_window_bits=10",
            "; client_no_context_takeover; server_max_window_bits=10",
        ),
        (
            "; server_max_window_bits=15; client_max_window_bits=15",
            "; server_max_window_bits=13; client_max_window_bits=13",
        ),
        (
            "; client_max_window_bits=8",
            "; server_max_window_bits=13; client_max_window_bits=8",
        ),
        (
            "; server_no_context_takeover; client_max_window_bits",
            "; server_no_context_takeover; server_max_window_bits=13; client_max_window_bits=13",
        ),
    ] {
        let answer = answer(ours, &[&format!("permessage-deflate{offer}")]);
        assert_eq!(
            answer,
            Some(format!("permessage-deflate{expected}")),
            "{offer}"
        );
    }
}
