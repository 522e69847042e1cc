//! The DNS client against name servers that send arbitrary responses.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use fn_infrastructure::dns::client::{self, servers};
use hickory_proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{CNAME, TXT},
    },
};
use provost_app::resolver::{LookupError, Texts};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

const NAME: &str = "_provost-challenge.apex.example";

/// Sends a query with a longer timeout than a local name server needs.
async fn ask(servers: &[SocketAddr], name: &str) -> Texts {
    client::ask(servers, name, Duration::from_secs(30)).await
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a name");
    name.set_fqdn(true);
    name
}

fn text(owner: &str, strings: &[&str]) -> Record {
    Record::from_rdata(
        name(owner),
        60,
        RData::TXT(TXT::new(strings.iter().map(|text| (*text).to_owned()).collect())),
    )
}

fn alias(owner: &str, target: &str) -> Record {
    Record::from_rdata(name(owner), 60, RData::CNAME(CNAME(name(target))))
}

fn answer(question: &Message, records: Vec<Record>) -> Message {
    let mut message = Message::response(question.metadata.id, OpCode::Query);
    message.queries.clone_from(&question.queries);
    message.insert_answers(records);
    message
}

/// A name server that sends these datagrams in reply to each query.
async fn server(replies: impl Fn(&Message) -> Vec<Vec<u8>> + Send + Sync + 'static) -> SocketAddr {
    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a port"));
    let address = socket.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut bytes = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
            let question = Message::from_vec(&bytes[..length]).expect("a question");
            for reply in replies(&question) {
                let _ = socket.send_to(&reply, from).await;
            }
        }
    });
    address
}

fn wire(message: &Message) -> Vec<u8> {
    message.to_vec().expect("a message")
}

#[tokio::test]
async fn the_strings_of_a_txt_record_are_joined_and_records_stay_separate() {
    let at = server(|question| {
        assert!(
            question.metadata.recursion_desired
                && question.queries == [Query::query(name(NAME), RecordType::TXT)]
        );
        vec![wire(&answer(
            question,
            vec![
                text(NAME, &["provost-", "zone=x"]),
                text(NAME, &["other"]),
                text("else.example", &["no"]),
            ],
        ))]
    })
    .await;
    assert_eq!(ask(&[at], NAME).await, Ok(vec![b"provost-zone=x".to_vec(), b"other".to_vec()]));
}

#[tokio::test]
async fn names_match_in_any_case_and_aliases_are_followed() {
    let at = server(|question| {
        vec![wire(&answer(
            question,
            vec![
                alias("_PROVOST-Challenge.Apex.example", "b.example"),
                text("b.example", &["found"]),
            ],
        ))]
    })
    .await;
    assert_eq!(ask(&[at], NAME).await, Ok(vec![b"found".to_vec()]));
    let circle = server(|question| {
        vec![wire(&answer(question, vec![alias(NAME, "b.example"), alias("b.example", NAME)]))]
    })
    .await;
    assert_eq!(ask(&[circle], NAME).await, Ok(Vec::new()));
}

#[tokio::test]
async fn responses_that_do_not_match_the_query_are_ignored() {
    let at = server(|question| {
        let mut other_id = answer(question, vec![text(NAME, &["forged"])]);
        other_id.metadata.id = question.metadata.id.wrapping_add(1);
        let mut other_question = answer(question, vec![text(NAME, &["forged"])]);
        other_question.queries = vec![Query::query(name("else.example"), RecordType::TXT)];
        let mut no_answer = answer(question, vec![text(NAME, &["forged"])]);
        no_answer.metadata.message_type = MessageType::Query;
        let real = answer(question, vec![text(NAME, &["real"])]);
        let mut cut = wire(&real);
        cut.truncate(cut.len() - 3);
        // A name that points at itself, a record count that is too high, and bytes that are no
        // message.
        let mut pointing = wire(&answer(question, Vec::new()));
        pointing[7] = 1;
        pointing.extend([0xc0, 0x0c, 0, 16, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff]);
        let nothing = vec![0xff; 512];
        vec![
            Vec::new(),
            vec![0],
            nothing,
            wire(&other_id),
            wire(&other_question),
            wire(&no_answer),
            cut,
            pointing,
            wire(&real),
        ]
    })
    .await;
    assert_eq!(ask(&[at], NAME).await, Ok(vec![b"real".to_vec()]));
}

#[tokio::test]
async fn a_missing_name_has_no_texts_and_a_server_failure_is_an_error() {
    let missing = server(|question| {
        let mut message = answer(question, Vec::new());
        message.metadata.response_code = ResponseCode::NXDomain;
        vec![wire(&message)]
    })
    .await;
    assert_eq!(ask(&[missing], NAME).await, Ok(Vec::new()));
    let failing = server(|question| {
        let mut message = answer(question, Vec::new());
        message.metadata.response_code = ResponseCode::ServFail;
        vec![wire(&message)]
    })
    .await;
    assert!(matches!(ask(&[failing], NAME).await, Err(LookupError::Failed(_))));
    // The client tries the next name server.
    assert_eq!(ask(&[failing, missing], NAME).await, Ok(Vec::new()));
    assert_eq!(ask(&[], NAME).await, Err(LookupError::NotConfigured));
}

#[tokio::test]
async fn a_silent_server_causes_a_timeout() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let at = silent.local_addr().expect("an address");
    assert_eq!(client::ask(&[at], NAME, Duration::from_millis(1)).await, Err(LookupError::Timeout));
}

#[tokio::test]
async fn a_truncated_response_is_fetched_over_tcp() {
    let long = "x".repeat(255);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let socket = UdpSocket::bind(address).await.expect("the same port for UDP");
    tokio::spawn(async move {
        let mut bytes = [0; 4096];
        let (length, from) = socket.recv_from(&mut bytes).await.expect("a question");
        let question = Message::from_vec(&bytes[..length]).expect("a question");
        let mut cut = answer(&question, Vec::new());
        cut.metadata.truncation = true;
        socket.send_to(&wire(&cut), from).await.expect("an answer");

        let (mut stream, _) = listener.accept().await.expect("a connection");
        let length = stream.read_u16().await.expect("a length");
        let mut bytes = vec![0; usize::from(length)];
        stream.read_exact(&mut bytes).await.expect("a question");
        let question = Message::from_vec(&bytes).expect("a question");
        let whole =
            wire(&answer(&question, (0..20).map(|_| text(NAME, &[&"x".repeat(255)])).collect()));
        stream
            .write_all(&u16::try_from(whole.len()).expect("it fits").to_be_bytes())
            .await
            .expect("an answer");
        stream.write_all(&whole).await.expect("an answer");
    });
    assert_eq!(ask(&[address], NAME).await, Ok(vec![long.into_bytes(); 20]));
}

#[test]
fn name_servers_are_read_from_resolv_conf() {
    let configuration = "# a comment\nsearch example.org\nnameserver 192.0.2.1\n nameserver  2001:db8::1 \nnameserver nonsense\nnameserver 192.0.2.2\nnameserver 192.0.2.3\noptions edns0\n";
    let expected: Vec<SocketAddr> = ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53"]
        .iter()
        .map(|text| text.parse().expect("an address"))
        .collect();
    assert_eq!(servers(configuration), expected);
    assert_eq!(servers(""), []);
}
