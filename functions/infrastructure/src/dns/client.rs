//! A DNS client for one kind of query: the TXT records of a name, from the machine's recursive name
//! servers, over UDP and, if the answer is truncated, over TCP.
//!
//! Answers come from the operator of the domain, and over UDP from anyone who guesses the port. So
//! an answer is used only if it matches the query: identifier, question and sender must match,
//! unreadable answers are ignored, and every query ends at a deadline.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use hickory_proto::{
    op::{Edns, Message, MessageType, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use provost_app::{
    App,
    resolver::{LookupError, Texts},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

/// Timeout of one name server, for an answer over UDP and again over TCP.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Number of rounds through the list of name servers.
const ROUNDS: usize = 2;
/// Maximum number of name servers, the same as in the system's own resolver.
const MAX_SERVERS: usize = 3;
/// Maximum size of an answer over UDP in bytes, so that it is not fragmented.
const UDP_PAYLOAD: u16 = 1232;
/// Maximum number of aliases that are followed within one answer.
const MAX_ALIASES: usize = 8;
/// The port of DNS.
const PORT: u16 = 53;

/// Looks up the TXT records of a name, with the resolver of this deployment.
pub async fn txt(app: &App, name: &str) -> Texts {
    if let Some(given) = app.resolver().given(name) {
        return given;
    }
    let configuration = tokio::fs::read_to_string("/etc/resolv.conf").await.unwrap_or_default();
    ask(&servers(&configuration), name, PATIENCE).await
}

/// Parses the name servers in `resolv.conf`.
pub fn servers(configuration: &str) -> Vec<SocketAddr> {
    let named = configuration.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let address: IpAddr =
            words.next().filter(|word| *word == "nameserver").and(words.next())?.parse().ok()?;
        Some(SocketAddr::new(address, PORT))
    });
    named.take(MAX_SERVERS).collect()
}

/// Queries these name servers, one after the other, until one answers, each with a timeout.
///
/// # Errors
/// The error of the last name server if none answered.
pub async fn ask(servers: &[SocketAddr], name: &str, patience: Duration) -> Texts {
    let mut name = Name::from_ascii(name).map_err(|_| LookupError::Malformed)?;
    name.set_fqdn(true);
    let mut last = LookupError::NotConfigured;
    for server in std::iter::repeat_n(servers, ROUNDS).flatten() {
        match exchange(*server, &name, patience).await {
            Ok(answer) => match answer.metadata.response_code {
                ResponseCode::NoError | ResponseCode::NXDomain => return Ok(texts(&answer, &name)),
                other => last = LookupError::Failed(other.to_string()),
            },
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn question(name: &Name) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name.clone(), RecordType::TXT));
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_PAYLOAD);
    message.set_edns(edns);
    message
}

async fn exchange(
    server: SocketAddr,
    name: &Name,
    patience: Duration,
) -> Result<Message, LookupError> {
    let question = question(name);
    let answer = timeout(patience, over_udp(server, &question))
        .await
        .unwrap_or(Err(LookupError::Timeout))?;
    if answer.metadata.truncation {
        return timeout(patience, over_tcp(server, &question))
            .await
            .unwrap_or(Err(LookupError::Timeout));
    }
    Ok(answer)
}

async fn over_udp(server: SocketAddr, question: &Message) -> Result<Message, LookupError> {
    let any = if server.is_ipv4() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    } else {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    };
    // Each question has its own port, chosen by the system: a forger must guess both port and
    // identifier.
    let socket =
        UdpSocket::bind(SocketAddr::new(any, 0)).await.map_err(|_| LookupError::Timeout)?;
    // A connected socket ignores datagrams from other addresses.
    socket.connect(server).await.map_err(|_| LookupError::Timeout)?;
    socket
        .send(&question.to_vec().map_err(|_| LookupError::Malformed)?)
        .await
        .map_err(|_| LookupError::Timeout)?;
    let mut bytes = vec![0; usize::from(u16::MAX)];
    loop {
        let length = socket.recv(&mut bytes).await.map_err(|_| LookupError::Timeout)?;
        // A response that does not match the question may be forged, so the real one may still
        // arrive.
        if let Some(answer) = answering(question, &bytes[..length]) {
            return Ok(answer);
        }
    }
}

async fn over_tcp(server: SocketAddr, question: &Message) -> Result<Message, LookupError> {
    let failed = |_| LookupError::Timeout;
    let bytes = question.to_vec().map_err(|_| LookupError::Malformed)?;
    let length = u16::try_from(bytes.len()).map_err(|_| LookupError::Malformed)?;
    let mut stream = TcpStream::connect(server).await.map_err(failed)?;
    stream.write_all(&[&length.to_be_bytes(), bytes.as_slice()].concat()).await.map_err(failed)?;
    let length = stream.read_u16().await.map_err(failed)?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await.map_err(failed)?;
    answering(question, &answer).ok_or(LookupError::Malformed)
}

/// The message, if it answers this query.
fn answering(question: &Message, bytes: &[u8]) -> Option<Message> {
    let answer = Message::from_vec(bytes).ok()?;
    let same = answer.metadata.id == question.metadata.id
        && answer.metadata.message_type == MessageType::Response
        && answer.queries == question.queries;
    same.then_some(answer)
}

/// The texts of a name, or of the name that it is an alias for.
fn texts(answer: &Message, name: &Name) -> Vec<Vec<u8>> {
    let mut owner = name.clone();
    for _ in 0..MAX_ALIASES {
        let records = answer.answers.iter().filter(|record| record.name == owner);
        let found: Vec<_> = records
            .clone()
            .filter_map(|record| match &record.data {
                RData::TXT(text) => Some(text.txt_data.concat()),
                _ => None,
            })
            .collect();
        let alias = records.clone().find_map(|record| match &record.data {
            RData::CNAME(target) => Some(target.0.clone()),
            _ => None,
        });
        match alias {
            Some(target) if found.is_empty() => owner = target,
            _ => return found,
        }
    }
    Vec::new()
}
