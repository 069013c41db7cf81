#include "policy/category_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace wakestream::policy {

namespace {

// Parents stand before what is below them.
constexpr std::string_view fideslang_categories[] = {
    "system",
    "system.authentication",
    "system.operations",
    "user",
    "user.account",
    "user.account.username",
    "user.authorization",
    "user.authorization.credentials",
    "user.authorization.biometrics",
    "user.authorization.password",
    "user.behavior",
    "user.behavior.browsing_history",
    "user.behavior.media_consumption",
    "user.behavior.purchase_history",
    "user.behavior.search_history",
    "user.biometrics",
    "user.biometrics.fingerprint",
    "user.biometrics.retinal",
    "user.biometrics.voice",
    "user.children",
    "user.children.children_under_thirteen",
    "user.children.thirteen_to_sixteen",
    "user.contact",
    "user.contact.address",
    "user.contact.address.city",
    "user.contact.address.country",
    "user.contact.address.mailing_address",
    "user.contact.address.postal_code",
    "user.contact.address.state",
    "user.contact.address.street",
    "user.contact.email",
    "user.contact.fax_number",
    "user.contact.phone_number",
    "user.contact.social_url",
    "user.content",
    "user.content.private",
    "user.content.public",
    "user.content.self_image",
    "user.criminal_history",
    "user.demographic",
    "user.demographic.age_range",
    "user.demographic.citizenship_or_immigration_status",
    "user.demographic.date_of_birth",
    "user.demographic.gender",
    "user.demographic.language",
    "user.demographic.marital_status",
    "user.demographic.philosophical_belief",
    "user.demographic.political_opinion",
    "user.demographic.profile",
    "user.demographic.protected_classifications",
    "user.demographic.race_ethnicity",
    "user.demographic.religious_belief",
    "user.demographic.sexual_orientation",
    "user.demographic.union_membership",
    "user.device",
    "user.device.cookie",
    "user.device.cookie_id",
    "user.device.device_id",
    "user.device.ip_address",
    "user.device.sensor",
    "user.device.telemetry",
    "user.financial",
    "user.financial.bank_account",
    "user.financial.credit_card",
    "user.government_id",
    "user.government_id.birth_certificate",
    "user.government_id.drivers_license_number",
    "user.government_id.immigration",
    "user.government_id.national_identification_number",
    "user.government_id.passport_number",
    "user.government_id.vehicle_registration",
    "user.health",
    "user.health.baby_formula",
    "user.health.condition",
    "user.health.genetic",
    "user.health.insurance_beneficiary_id",
    "user.health.maternity_clothing",
    "user.health.medical_diagnosis",
    "user.health.medications",
    "user.health.prescriptions",
    "user.health.record_id",
    "user.health.reproductive_or_sexual",
    "user.health.social_psychological_behavioral",
    "user.health.symptons",
    "user.health.treatment",
    "user.location",
    "user.location.coarse",
    "user.location.precise",
    "user.name",
    "user.name.first",
    "user.name.last",
    "user.payment",
    "user.privacy_preferences",
    "user.professional_information",
    "user.professional_information.job_title",
    "user.professional_information.workplace",
    "user.settings",
    "user.social_activity",
    "user.unique_id",
    "user.unique_id.deterministic",
    "user.unique_id.probablistic",
};

constexpr std::pair<std::string_view, std::string_view> replaced[] = {
    {"user.account.settings", "user.settings"},
    {"user.authorization.biometric", "user.authorization.biometrics"},
    {"user.biometric", "user.biometrics"},
    {"user.biometric.fingerprint", "user.biometrics.fingerprint"},
    {"user.biometric.health", "user.biometrics"},
    {"user.biometric.retinal", "user.biometrics.retinal"},
    {"user.biometric.voice", "user.biometrics.voice"},
    {"user.childrens", "user.children"},
    {"user.contact.organization", "user.contact"},
    {"user.contact.url", "user.contact.social_url"},
    {"user.health_and_medical", "user.health"},
    {"user.health_and_medical.genetic", "user.health.genetic"},
    {"user.health_and_medical.insurance_beneficiary_id", "user.health.insurance_beneficiary_id"},
    {"user.health_and_medical.record_id", "user.health.record_id"},
    {"user.job_title", "user.professional_information.job_title"},
    {"user.location.imprecise", "user.location.coarse"},
    {"user.sensor", "user.device.sensor"},
    {"user.social", "user.social_activity"},
    {"user.telemetry", "user.device.telemetry"},
    {"user.unique_id.pseudonymous", "user.unique_id"},
    {"user.user_sensor", "user.device.sensor"},
    {"user.workplace", "user.professional_information.workplace"},
};

std::string_view current_name(std::string_view name) {
  for (const auto& [old_name, new_name] : replaced)
    if (name == old_name) return new_name;
  return name;
}

bool is_category_name(std::string_view name) {
  bool word_begun = false;
  for (const char letter : name) {
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (letter == '.' ? !word_begun : !is_letter && letter != '_') return false;
    word_begun = letter != '.';
  }
  return word_begun;
}

}  // namespace

CategoryTree::CategoryTree() {
  for (const auto name : fideslang_categories) add(name);
}

std::optional<std::string> CategoryTree::add(std::string_view name) {
  if (!is_category_name(name))
    return fmt::format("{} is no category: lower-case words, joined by dots", name);
  if (find(name)) return fmt::format("the category {} is there already", name);
  std::optional<CategoryId> parent;
  if (const auto dot = name.rfind('.'); dot != std::string_view::npos) {
    parent = find(name.substr(0, dot));
    if (!parent)
      return fmt::format("the category {} is not there: declare it before what is below it",
                         name.substr(0, dot));
  }
  names_.add(name);
  parents_.push_back(parent);
  return std::nullopt;
}

std::optional<CategoryId> CategoryTree::find(std::string_view name) const {
  return names_.find(current_name(name));
}

bool CategoryTree::is_under(CategoryId category, CategoryId ancestor) const {
  for (std::optional<CategoryId> at = category; at; at = parents_[*at])
    if (*at == ancestor) return true;
  return false;
}

}  // namespace wakestream::policy
