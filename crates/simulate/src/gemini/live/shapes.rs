//! The messages that a client of a session can send.

use super::super::proto::Kind::{Any, Bool, Bytes, List, Struct, Text};
use super::super::proto::On::{Both, Gemini};
use super::super::proto::{Kind, Message};
use super::super::shapes::{CONTENT, FUNCTION_RESPONSE, GENERATION_CONFIG, SAFETY_SETTING, TOOL};

pub(super) static CLIENT: Message = Message {
    name: "BidiGenerateContentClientMessage",
    fields: &[
        ("setup", Kind::Message(&SETUP), Both),
        ("clientContent", Kind::Message(&CLIENT_CONTENT), Both),
        ("realtimeInput", Kind::Message(&REALTIME_INPUT), Both),
        ("toolResponse", Kind::Message(&TOOL_RESPONSE), Both),
    ],
};

static SETUP: Message = Message {
    name: "BidiGenerateContentSetup",
    fields: &[
        ("model", Text, Both),
        ("generationConfig", Kind::Message(&GENERATION_CONFIG), Both),
        ("systemInstruction", Kind::Message(&CONTENT), Both),
        ("tools", List(&Kind::Message(&TOOL)), Both),
        ("safetySettings", List(&Kind::Message(&SAFETY_SETTING)), Both),
        ("realtimeInputConfig", Struct, Both),
        ("sessionResumption", Struct, Both),
        ("contextWindowCompression", Struct, Both),
        ("inputAudioTranscription", Struct, Both),
        ("outputAudioTranscription", Struct, Both),
        ("proactivity", Struct, Both),
        ("historyConfig", Struct, Both),
        ("avatarConfig", Struct, Both),
        ("explicitVadSignal", Bool, Both),
        ("labels", Any, Both),
    ],
};

static CLIENT_CONTENT: Message = Message {
    name: "BidiGenerateContentClientContent",
    fields: &[("turns", List(&Kind::Message(&CONTENT)), Both), ("turnComplete", Bool, Both)],
};

static REALTIME_INPUT: Message = Message {
    name: "BidiGenerateContentRealtimeInput",
    fields: &[
        ("mediaChunks", List(&Kind::Message(&SOUND)), Both),
        ("audio", Kind::Message(&SOUND), Both),
        ("video", Kind::Message(&SOUND), Both),
        ("text", Text, Both),
        ("audioStreamEnd", Bool, Both),
        ("activityStart", Struct, Both),
        ("activityEnd", Struct, Both),
    ],
};

static SOUND: Message = Message {
    name: "Blob",
    fields: &[("mimeType", Text, Both), ("data", Bytes, Both), ("displayName", Text, Gemini)],
};

static TOOL_RESPONSE: Message = Message {
    name: "BidiGenerateContentToolResponse",
    fields: &[("functionResponses", List(&Kind::Message(&FUNCTION_RESPONSE)), Both)],
};
